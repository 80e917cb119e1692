//! A duration as the environment variables write it: the same units and combinations as in the
//! arguments of the macros, such as `1m30s`.

use std::time::Duration;

/// A duration longer than zero: whole numbers, each with a unit, from long to short.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let mut sum = Duration::ZERO;
    // How many units are longer than those that may follow.
    let mut longer = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, tail) =
            rest.split_at_checked(position(rest, |byte| !byte.is_ascii_digit())?)?;
        let end = position(tail, |byte| byte.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end)?;
        let count: u64 = digits.parse().ok()?;
        let (place, duration) = match unit {
            "h" => (0, Duration::from_secs(count.checked_mul(3_600)?)),
            "m" => (1, Duration::from_secs(count.checked_mul(60)?)),
            "s" => (2, Duration::from_secs(count)),
            "ms" => (3, Duration::from_millis(count)),
            "us" => (4, Duration::from_micros(count)),
            _ => return None,
        };
        if place < longer {
            return None;
        }
        longer = place + 1;
        sum = sum.checked_add(duration)?;
        rest = tail;
    }
    Some(sum).filter(|sum| !sum.is_zero())
}

/// Byte by byte, because the searches of `str` are large.
fn position(text: &str, is_wanted: impl Fn(u8) -> bool) -> Option<usize> {
    text.bytes().position(is_wanted)
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
