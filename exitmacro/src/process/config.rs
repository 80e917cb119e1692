//! What bounds the run: the defaults, what the program says, and the environment, in ascending
//! order of weight.

use super::settings::{SETTINGS, Settings};
use super::{duration, ending, panic};
use crate::environment::Environment;
use crate::forks;
use crate::handler::{DEFAULT_TIMEOUT, declared, owner};
use crate::run::{self, Limits, LogLevel, line::say};
use crate::sys;
use std::ffi::{OsStr, OsString};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// Five seconds less than Kubernetes waits before it kills.
const DEFAULT_BUDGET: Duration = Duration::from_secs(25);

/// How many handlers may run at the same time.
const DEFAULT_THREADS: usize = 32;

/// The settings of the `main` that has begun.
static BY_MAIN: sys::SetOnce<&Settings> = sys::SetOnce::new();

/// What the program says, if anything.
fn settings() -> Option<&'static Settings> {
    BY_MAIN.get().copied().or_else(by_config)
}

/// What `config!` says, if anything.
fn by_config() -> Option<&'static Settings> {
    // A program has at most one element; a shared object with more has been told so, and takes the
    // one that stands first in the source.
    SETTINGS.iter().min_by(|one, other| {
        let (one, other) = (one.location, other.location);
        declared::compare(one.file(), other.file()).then(one.line().cmp(&other.line()))
    })
}

/// The limits of this process. The environment is not asked in a set-uid program: it belongs to a
/// user with fewer rights; nor without memory to read it into.
pub(crate) fn limits() -> Limits {
    let settings = settings();
    let process = owner::me();
    let environment = Environment::of(process);
    let mut limits = Limits {
        budget: settings.and_then(|settings| settings.budget).unwrap_or(DEFAULT_BUDGET),
        timeout: settings.and_then(|settings| settings.timeout).unwrap_or(DEFAULT_TIMEOUT),
        is_timeout_stated: settings.is_some_and(|settings| settings.timeout.is_some()),
        threads: settings.and_then(|settings| settings.threads).unwrap_or(DEFAULT_THREADS),
        process,
        is_starved: run::is_starved(),
        log: LogLevel::Error,
        skip: None,
        on_failure: settings.and_then(|settings| settings.on_failure),
        stdout_may_be_locked: ending::stdout_may_be_locked(&environment),
        termination_message: settings.and_then(|settings| settings.termination_message),
    };
    if limits.is_starved {
        return limits;
    }
    static BUDGET: AtomicBool = AtomicBool::new(false);
    static LOG: AtomicBool = AtomicBool::new(false);
    if let Some(text) = variable(&environment, "EXITMACRO_BUDGET") {
        match text.to_str().and_then(duration::parse) {
            Some(budget) => limits.budget = budget,
            None => complain(
                &BUDGET,
                "EXITMACRO_BUDGET",
                &text,
                "a duration longer than zero, such as `500ms`, `25s` or `1m30s`",
            ),
        }
    }
    if let Some(text) = variable(&environment, "EXITMACRO_LOG") {
        match text.to_str() {
            Some("trace") => limits.log = LogLevel::Trace,
            Some("info") => limits.log = LogLevel::Info,
            Some("" | "error") => {}
            _ => complain(&LOG, "EXITMACRO_LOG", &text, "`error`, `info` or `trace`"),
        }
    }
    limits.skip = skip(&environment);
    limits
}

/// The value of a variable, where it counts.
fn variable(environment: &Environment, name: &str) -> Option<OsString> {
    environment.var_os(name).filter(|_| !sys::is_privileged())
}

/// What `EXITMACRO_SKIP` says, read once: it does not change when the program changes its
/// environment.
fn skip(environment: &Environment) -> Option<&'static str> {
    /// No thread waits for the lock, as for a `OnceLock`: a forked child may find it held by a
    /// thread that it does not have. It reads the variable again then.
    static SKIP: Mutex<Option<Option<&'static str>>> = Mutex::new(None);
    static COMPLAINT: AtomicBool = AtomicBool::new(false);
    let read = || {
        let text = variable(environment, "EXITMACRO_SKIP")?;
        let read = text.into_string();
        let read = read.inspect_err(|text| {
            complain(&COMPLAINT, "EXITMACRO_SKIP", text, "names of handlers, separated by commas")
        });
        read.ok().map(|text| &*text.leak())
    };
    SKIP.try_lock().map_or_else(|_| read(), |mut skip| *skip.get_or_insert_with(read))
}

/// Puts into effect what `config!` says. A program that is configured twice does not start: nothing
/// says which of the two counts.
pub(super) fn at_load() {
    let Some(first) = by_config() else { return };
    if let Some(second) = SETTINGS.iter().find(|settings| !core::ptr::eq(*settings, first)) {
        complain_of_two(first, second);
        if sys::is_in_main_program(at_load as *const ()) {
            sys::exit_now(1);
        }
    }
    begin(first);
}

/// Puts into effect what `#[exitmacro::main]` says, for the one `main` that counts: the first one
/// that begins on the main thread. Any other one is a function like others, and `false` is
/// returned.
///
/// Next to `config!` it ends the program, as a second `config!` does.
pub(super) fn begin_main(settings: &'static Settings) -> bool {
    if !sys::is_main_thread() || BY_MAIN.set(settings) != sys::Attempt::Set {
        return false;
    }
    if let Some(first) = by_config() {
        complain_of_two(first, settings);
        sys::exit_now(1);
    }
    begin(settings);
    true
}

/// Whether the `main` with these settings is the one that counts.
#[cfg(feature = "async")]
pub(super) fn is_by_main(settings: &Settings) -> bool {
    BY_MAIN.get().is_some_and(|by_main| core::ptr::eq(*by_main, settings))
}

fn complain_of_two(first: &Settings, second: &Settings) {
    say(format_args!(
        "the end of this program is configured twice, at {} and at {}: keep one",
        first.location, second.location
    ));
}

/// Puts settings into effect.
fn begin(settings: &Settings) {
    // The hook of a shared object takes back what they change; and another thread may end the
    // process by now, which is to be known when `main` returns.
    forks::watch();
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
