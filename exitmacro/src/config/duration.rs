//! A duration as the environment variables write it: the same units and combinations as in the
//! arguments of the macros, such as `1m30s`.

use std::time::Duration;

/// The units and their nanoseconds, longest first.
const UNITS: [(&str, u128); 5] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
];

/// A duration longer than zero: whole numbers, each with a unit, from long to short.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let mut nanos: u128 = 0;
    let mut shorter = UNITS.as_slice();
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, tail) =
            rest.split_at_checked(rest.find(|character: char| !character.is_ascii_digit())?)?;
        let (name, tail) = tail.split_at_checked(
            tail.find(|character: char| character.is_ascii_digit()).unwrap_or(tail.len()),
        )?;
        let place = shorter.iter().position(|(unit, _)| *unit == name)?;
        let count: u64 = digits.parse().ok()?;
        // Cannot overflow: each unit comes once, so there are at most five summands, each below
        // 2^106.
        nanos += u128::from(count) * shorter[place].1;
        shorter = &shorter[place + 1..];
        rest = tail;
    }
    let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
    Some(Duration::new(seconds, (nanos % 1_000_000_000) as u32))
        .filter(|duration| !duration.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_read() {
        let expected = [
            ("2h", 7_200_000_000),
            ("2m", 120_000_000),
            ("25s", 25_000_000),
            ("250ms", 250_000),
            ("7us", 7),
        ];
        for (text, micros) in expected {
            assert_eq!(parse(text), Some(Duration::from_micros(micros)), "{text}");
        }
    }

    #[test]
    fn units_add_up() {
        assert_eq!(parse("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(parse("1h1m1s1ms1us"), Some(Duration::new(3661, 1_001_000)));
        assert_eq!(parse("1m90s"), Some(Duration::from_secs(150)));
    }

    #[test]
    fn zero_is_refused() {
        for text in ["0s", "000ms", "0m0s"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "5",
            "s",
            "-5s",
            "5 s",
            " 5s",
            "1.5s",
            "5S",
            "5sec",
            "1m30",
            "30s1m",
            "1s1s",
            "soon",
            "18446744073709551616s",
            "18446744073709551615h",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
