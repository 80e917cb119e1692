//! What bounds the run: defaults, and the environment.

use crate::run::{self, line::say};
use crate::sys;
use std::ffi::OsStr;
use std::sync::Once;
use std::time::Duration;

pub(crate) use crate::run::Limits;

impl Default for Limits {
    fn default() -> Self {
        // Five seconds less than Kubernetes waits before it kills.
        Self { budget: Duration::from_secs(25), trace: false }
    }
}

/// The limits of this process. The environment is not asked in a set-uid program: it belongs to somebody with fewer rights; nor without memory to read it into.
pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    if sys::is_privileged() || run::is_starved() {
        return limits;
    }
    static BUDGET: Once = Once::new();
    static LOG: Once = Once::new();
    if let Some(text) = std::env::var_os("EXITMACRO_BUDGET") {
        match text.to_str().and_then(parse_duration) {
            Some(budget) => limits.budget = budget,
            None => complain(&BUDGET, "EXITMACRO_BUDGET", &text, "a duration such as `500ms` or `25s`"),
        }
    }
    if let Some(text) = std::env::var_os("EXITMACRO_LOG") {
        match text.to_str() {
            Some("trace") => limits.trace = true,
            Some("" | "error") => {}
            _ => complain(&LOG, "EXITMACRO_LOG", &text, "`error` or `trace`"),
        }
    }
    limits
}

fn complain(once: &'static Once, variable: &str, text: &OsStr, expected: &str) {
    once.call_once(|| say(format_args!("{variable} is {text:?} and is ignored; expected {expected}")));
}

/// A whole number of milliseconds, seconds or minutes.
fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse_duration("25s"), Some(Duration::from_secs(25)));
        assert_eq!(parse_duration("2m"), Some(Duration::from_secs(120)));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "5", "s", "-5s", "5 s", "1.5s", "5h", "99999999999999999999s", "400000000000000000m"] {
            assert_eq!(parse_duration(text), None, "{text:?}");
        }
    }
}
