//! Reads the configuration of a run. The environment overrides what the program configures, which
//! overrides the defaults.

#[cfg(feature = "picture")]
use crate::config::PictureFile;
use crate::config::{Bounds, Config, LogLevel, declared, env};
use crate::environment::Environment;
use crate::fork::identity;
use crate::report::line::say;
use crate::sys;
use crate::times::{DEFAULT_BUDGET, DEFAULT_TIMEOUT};
use std::ffi::{OsStr, OsString};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

/// How many handlers may run at the same time.
const DEFAULT_THREADS: usize = 32;

/// The configuration of this process. The environment is not read in a set-uid program, as it
/// belongs to a user with fewer rights; nor without memory.
pub(crate) fn config() -> Config {
    let process = identity::me();
    let environment = Environment::of(process);
    let mut config = by_program(process, stdout_may_be_locked(&environment));
    if !config.is_starved {
        add_environment(&mut config, &environment);
    }
    config
}

/// What the program configures, or else the defaults.
fn by_program(process: u64, stdout_may_be_locked: bool) -> Config {
    let settings = declared::in_effect();
    let bounds = Bounds {
        budget: settings.and_then(|settings| settings.budget).unwrap_or(DEFAULT_BUDGET),
        timeout: settings.and_then(|settings| settings.timeout).unwrap_or(DEFAULT_TIMEOUT),
        is_timeout_stated: settings.is_some_and(|settings| settings.timeout.is_some()),
        threads: settings.and_then(|settings| settings.threads).unwrap_or(DEFAULT_THREADS),
    };
    Config {
        bounds,
        process,
        is_starved: sys::is_starved(),
        log: LogLevel::Error,
        status: settings.is_none_or(|settings| settings.status),
        skip: None,
        on_failure: settings.and_then(|settings| settings.on_failure),
        stdout_may_be_locked,
        termination_message: settings.and_then(|settings| settings.termination_message),
        #[cfg(events)]
        sink: settings.and_then(|settings| settings.sink),
        #[cfg(feature = "picture")]
        picture: None,
    }
}

fn add_environment(config: &mut Config, environment: &Environment) {
    static BUDGET: AtomicBool = AtomicBool::new(false);
    static LOG: AtomicBool = AtomicBool::new(false);
    if let Some(text) = variable(environment, env::BUDGET) {
        match text.to_str().and_then(env::budget) {
            Some(budget) => config.bounds.budget = budget,
            None => warn_ignored(&BUDGET, env::BUDGET, &text, env::A_BUDGET),
        }
    }
    if let Some(text) = variable(environment, env::LOG) {
        match text.to_str().and_then(env::log_level) {
            Some(level) => {
                config.log = level;
                config.status &= level != LogLevel::Quiet;
            }
            None => warn_ignored(&LOG, env::LOG, &text, env::A_LOG_LEVEL),
        }
    }
    config.skip = skip(environment);
    #[cfg(feature = "picture")]
    {
        config.picture = picture(environment);
    }
}

/// The value of a variable, where it counts.
#[inline(never)]
pub(super) fn variable(environment: &Environment, name: &str) -> Option<OsString> {
    environment.var_os(name).filter(|_| !sys::is_privileged())
}

/// The patterns of handlers to skip, read once: they do not change when the program changes its
/// environment.
fn skip(environment: &Environment) -> Option<&'static str> {
    static SKIP: Once<&str> = Mutex::new(None);
    static WAS_REPORTED: AtomicBool = AtomicBool::new(false);
    once(&SKIP, || {
        let text = variable(environment, env::SKIP)?.into_string();
        let text =
            text.inspect_err(|text| warn_ignored(&WAS_REPORTED, env::SKIP, text, env::PATTERNS));
        text.ok().map(|text| &*text.leak())
    })
}

/// The file of the picture, read once as well. An empty value asks for none.
#[cfg(feature = "picture")]
fn picture(environment: &Environment) -> Option<PictureFile> {
    static PICTURE: Once<PictureFile> = Mutex::new(None);
    static WAS_REPORTED: AtomicBool = AtomicBool::new(false);
    once(&PICTURE, || {
        let text = variable(environment, env::TRACE).filter(|text| !text.is_empty())?;
        let format = text.to_str().and_then(env::picture_format);
        if format.is_none() {
            warn_ignored(&WAS_REPORTED, env::TRACE, &text, env::A_PICTURE);
        }
        Some(PictureFile { format: format?, path: text.into_string().ok()?.leak() })
    })
}

/// The value of a variable that is read once.
///
/// Not a `OnceLock`, for which threads wait: a forked child may find the lock held by a thread that
/// it does not have, and then reads the variable again.
type Once<T> = Mutex<Option<Option<T>>>;

fn once<T: Copy>(value: &Once<T>, read: impl FnOnce() -> Option<T>) -> Option<T> {
    match value.try_lock() {
        Ok(mut value) => *value.get_or_insert_with(read),
        Err(_) => read(),
    }
}

fn warn_ignored(was_reported: &'static AtomicBool, variable: &str, text: &OsStr, expected: &str) {
    if !was_reported.swap(true, Relaxed) {
        say(format_args!("{variable} is {text:?} and is ignored; expected {expected}"));
    }
}

/// Whether the lock of stdout may be held for ever, by a thread that a forked child does not have.
/// If stdout has no room, its flush hangs anyway.
pub(crate) fn stdout_may_be_locked(environment: &Environment) -> bool {
    environment.is_forked() && sys::stdout_has_room()
}
