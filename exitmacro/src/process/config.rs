//! What bounds the run: the defaults, what the program says, and the environment, in ascending order of weight.

use super::panic;
use super::settings::{SETTINGS, Settings};
use crate::environment;
use crate::handler::DEFAULT_TIMEOUT;
use crate::run::{self, Limits, LogLevel, line::say};
use crate::sys;
use std::ffi::OsStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// Five seconds less than Kubernetes waits before it kills.
const DEFAULT_BUDGET: Duration = Duration::from_secs(25);

/// How many handlers may run at the same time.
const DEFAULT_THREADS: usize = 32;

/// What the program says, if anything.
fn settings() -> Option<&'static Settings> {
    // A program has at most one element; a shared object with more has been told so, and takes the one that stands first in the source.
    SETTINGS.iter().min_by_key(|settings| (settings.location.file(), settings.location.line()))
}

/// The limits of this process. The environment is not asked in a set-uid program: it belongs to somebody with fewer rights; nor without memory to read it into.
pub(crate) fn limits() -> Limits {
    let settings = settings();
    let mut limits = Limits {
        budget: settings.and_then(|settings| settings.budget).unwrap_or(DEFAULT_BUDGET),
        timeout: settings.and_then(|settings| settings.timeout).unwrap_or(DEFAULT_TIMEOUT),
        is_timeout_stated: settings.is_some_and(|settings| settings.timeout.is_some()),
        threads: settings.and_then(|settings| settings.threads).unwrap_or(DEFAULT_THREADS),
        log: LogLevel::Error,
        skip: None,
        on_failure: settings.and_then(|settings| settings.on_failure),
        termination_message: settings.and_then(|settings| settings.termination_message),
    };
    if sys::is_privileged() || run::is_starved() {
        return limits;
    }
    static BUDGET: AtomicBool = AtomicBool::new(false);
    static LOG: AtomicBool = AtomicBool::new(false);
    if let Some(text) = environment::var_os("EXITMACRO_BUDGET") {
        match text.to_str().and_then(parse_budget) {
            Some(budget) => limits.budget = budget,
            None => complain(&BUDGET, "EXITMACRO_BUDGET", &text, "a duration longer than zero, such as `500ms` or `25s`"),
        }
    }
    if let Some(text) = environment::var_os("EXITMACRO_LOG") {
        match text.to_str() {
            Some("trace") => limits.log = LogLevel::Trace,
            Some("info") => limits.log = LogLevel::Info,
            Some("" | "error") => {}
            _ => complain(&LOG, "EXITMACRO_LOG", &text, "`error`, `info` or `trace`"),
        }
    }
    limits.skip = skip();
    limits
}

/// What `EXITMACRO_SKIP` says, read once: it does not change when the program changes its environment.
fn skip() -> Option<&'static str> {
    /// Nobody waits for the lock, as for a `OnceLock`: a forked child may find it held by a thread that it does not have. It reads the variable again then.
    static SKIP: Mutex<Option<Option<&'static str>>> = Mutex::new(None);
    static COMPLAINT: AtomicBool = AtomicBool::new(false);
    let read = || {
        let text = environment::var_os("EXITMACRO_SKIP")?;
        let read = text.into_string();
        let read = read.inspect_err(|text| complain(&COMPLAINT, "EXITMACRO_SKIP", text, "names of handlers, separated by commas"));
        read.ok().map(|text| &*text.leak())
    };
    SKIP.try_lock().map_or_else(|_| read(), |mut skip| *skip.get_or_insert_with(read))
}

/// Puts into effect what `config!` says. A program that is configured twice does not start: nobody could say which of the two counts.
pub(crate) fn at_load(in_main_program: bool) {
    let Some(first) = settings() else { return };
    if let Some(second) = SETTINGS.iter().find(|settings| !core::ptr::eq(*settings, first)) {
        say(format_args!("the end of this program is configured twice, at {} and at {}: keep one", first.location, second.location));
        if in_main_program {
            sys::exit_now(1);
        }
    }
    if first.at_load {
        begin(first);
    }
}

/// Puts settings into effect.
pub(super) fn begin(settings: &Settings) {
    if settings.panic_abort {
        panic::run_handlers();
    }
    if let Some(start_signals) = settings.start_signals {
        start_signals(settings);
    }
}

fn complain(was_said: &'static AtomicBool, variable: &str, text: &OsStr, expected: &str) {
    if !was_said.swap(true, Relaxed) {
        say(format_args!("{variable} is {text:?} and is ignored; expected {expected}"));
    }
}

/// With none at all, no handler would run.
fn parse_budget(text: &str) -> Option<Duration> {
    parse_duration(text).filter(|budget| !budget.is_zero())
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
    fn a_budget_is_longer_than_zero() {
        assert_eq!(parse_budget("1ms"), Some(Duration::from_millis(1)));
        for text in ["0s", "000ms", "0m", "soon"] {
            assert_eq!(parse_budget(text), None, "{text:?}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "5", "s", "-5s", "5 s", "1.5s", "5h", "99999999999999999999s", "400000000000000000m"] {
            assert_eq!(parse_duration(text), None, "{text:?}");
        }
    }
}
