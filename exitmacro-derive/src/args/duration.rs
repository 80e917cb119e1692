//! The value of arguments that take a duration in quotes, such as "1m30s".

use crate::args::expect;
use crate::diagnostic::error;
use std::time::Duration;
use syn::parse::ParseStream;
use syn::{Error, LitInt, LitStr};

/// The units and their nanoseconds, longest first.
const UNITS: [(&str, u128); 5] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
];

/// A duration, and the literal that it was read from.
pub(crate) struct Quoted {
    pub(crate) duration: Duration,
    pub(crate) literal: LitStr,
}

/// The value of the argument `key`. `unset` is what applies without it.
pub(crate) fn quoted(input: ParseStream, key: &str, unset: &str) -> syn::Result<Quoted> {
    if input.peek(LitInt) {
        let number: LitInt = input.parse()?;
        let message = match meant(&number) {
            Some(text) => {
                format!("`{key}` expects a duration in quotes; write `{key} = \"{text}\"`")
            }
            None => expected(key),
        };
        return error(number.span(), message);
    }
    let literal: LitStr = expect(input, &expected(key))?;
    if !literal.suffix().is_empty() {
        return error(literal.span(), expected(key));
    }
    let duration = parse(&literal)?;
    if duration.is_zero() {
        return error(
            literal.span(),
            format!("`{key}` must be longer than zero; leave it out for {unset}"),
        );
    }
    Ok(Quoted { duration, literal })
}

fn expected(key: &str) -> String {
    format!("`{key}` expects a duration in quotes, such as \"5s\", \"250ms\" or \"1m30s\"")
}

/// What a number without quotes means as a duration: its suffix is the unit, or the type of the
/// number.
fn meant(number: &LitInt) -> Option<String> {
    let unit = match number.suffix() {
        "" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64"
        | "u128" | "usize" => "s",
        unit => unit,
    };
    let text = format!("{}{unit}", number.base10_digits());
    read(&text).is_ok_and(|duration| !duration.is_zero()).then_some(text)
}

/// The value of `timeout`.
pub(crate) fn timeout(input: ParseStream) -> syn::Result<Duration> {
    quoted(input, "timeout", "the default").map(|timeout| timeout.duration)
}

fn parse(literal: &LitStr) -> syn::Result<Duration> {
    read(&literal.value()).map_err(|problem| Error::new(literal.span(), problem))
}

fn read(text: &str) -> Result<Duration, String> {
    if text.is_empty() {
        return Err("empty duration; write one such as \"5s\", \"250ms\" or \"1m30s\"".to_owned());
    }
    let mut nanos = 0;
    let mut longer = None;
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, tail) = split(rest, |c| c.is_ascii_digit());
        let (name, tail) = split(tail, |c| !c.is_ascii_digit());
        let unit = unit(digits, name)?;
        if longer >= Some(unit) {
            return Err(format!(
                "misplaced `{digits}{name}` in the duration; units go from long to short, each once"
            ));
        }
        let count: u64 = digits.parse().map_err(|_| too_long())?;
        // Cannot overflow: each unit occurs once, so there are at most five summands below 2^106.
        nanos += u128::from(count) * UNITS[unit].1;
        longer = Some(unit);
        rest = tail;
    }
    duration(nanos)
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

/// The index in `UNITS` of the unit `name`, which follows `digits`.
fn unit(digits: &str, name: &str) -> Result<usize, String> {
    let index = |name: &str| UNITS.iter().position(|(known, _)| *known == name);
    let word = name.trim();
    if word != name && (word.is_empty() || index(word).is_some()) {
        return Err(
            "unexpected space in the duration; write it without, such as \"1m30s\"".to_owned()
        );
    }
    match (digits, word) {
        ("", _) => {
            Err(format!("missing number before `{word}` in the duration; write one such as \"5s\""))
        }
        (_, "") => Err(format!(
            "missing unit after `{digits}` in the duration; write \"{digits}s\" for seconds"
        )),
        (_, ".") => {
            Err("fraction in the duration; write whole numbers, such as \"1s500ms\"".to_owned())
        }
        _ => index(word).ok_or_else(|| unknown(word)),
    }
}

fn unknown(word: &str) -> String {
    let units = UNITS.map(|(name, _)| name).join("`, `");
    format!("unknown unit `{word}` in the duration; expected one of `{units}`")
}

fn duration(nanos: u128) -> Result<Duration, String> {
    const SECOND: u128 = 1_000_000_000;
    let seconds = u64::try_from(nanos / SECOND).map_err(|_| too_long())?;
    Ok(Duration::from_secs(seconds) + Duration::from_nanos((nanos % SECOND) as u64))
}

fn too_long() -> String {
    format!("too long a duration; the longest is \"{}s\"", u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::check_value;
    use syn::parse::Parser;

    #[test]
    fn each_unit_is_read() {
        assert_eq!(read("2h"), Ok(Duration::from_secs(7200)));
        assert_eq!(read("3m"), Ok(Duration::from_secs(180)));
        assert_eq!(read("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(read("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(read("7us"), Ok(Duration::from_micros(7)));
    }

    #[test]
    fn units_add_up() {
        assert_eq!(read("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(read("1h1m1s1ms1us"), Ok(Duration::new(3661, 1_001_000)));
    }

    #[test]
    fn number_may_exceed_the_next_unit() {
        assert_eq!(read("1m90s"), Ok(Duration::from_secs(150)));
        assert_eq!(read("1500ms"), Ok(Duration::from_millis(1500)));
    }

    #[test]
    fn zero_is_a_duration() {
        assert_eq!(read("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn longest_duration_is_read() {
        assert_eq!(read("18446744073709551615s"), Ok(Duration::from_secs(u64::MAX)));
    }

    #[test]
    fn overflow_is_reported() {
        for text in
            ["18446744073709551616s", "18446744073709551615h", "18446744073709551615s1000ms"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn other_texts_are_reported() {
        for text in [
            "",
            "5 parsecs",
            "5S",
            "5sec",
            "5µs",
            "5",
            "1m30",
            "s",
            "-5s",
            " ",
            " 5s",
            "5 s",
            "5s ",
            "1m 30s",
            "1.5s",
            "30s1m",
            "1s1s",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_a_message_says_to_write_is_read() {
        for (number, text) in [
            ("5", Some("5s")),
            ("250ms", Some("250ms")),
            ("7us", Some("7us")),
            ("1_000", Some("1000s")),
            ("0x10", Some("16s")),
            ("5u64", Some("5s")),
            ("5i8", Some("5s")),
            ("-5", None),
            ("0", None),
            ("0ms", None),
            ("5parsecs", None),
            ("5usec", None),
            ("99999999999999999999", None),
        ] {
            let number: LitInt = syn::parse_str(number).unwrap();
            assert_eq!(meant(&number).as_deref(), text, "{number}");
            let message = timeout.parse_str(&number.to_string()).unwrap_err().to_string();
            assert_eq!(message.contains("write `timeout = \""), text.is_some(), "{message}");
        }
    }

    #[test]
    fn whole_literal_is_underlined() {
        for code in [
            "«\"5 parsecs\"»",
            "«\"5s\"x»",
            "«\"0s\"»",
            "«5»",
            "«250ms»",
            "«1.5»",
            "«Duration»::MAX",
        ] {
            check_value(code, timeout);
        }
    }
}
