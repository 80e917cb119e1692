//! How a run is configured: by the program and by the environment, read once for it.

pub(crate) mod declared;
mod duration;
pub(crate) mod env;
pub(crate) mod read;

use crate::report::Report;
use crate::times::{FLUSH_TIMEOUT, FLUSH_TIMEOUT_IN_CHILD};
use core::time::Duration;

/// What bounds a run in time and threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) budget: Duration,
    /// Of each handler that states none.
    pub(crate) timeout: Duration,
    /// Whether the program states that timeout.
    pub(crate) is_timeout_stated: bool,
    /// How many handlers may run at the same time.
    pub(crate) threads: usize,
}

/// What bounds a run, what it prints, and what its failures change.
#[derive(Clone, Copy)]
pub(crate) struct Config {
    pub(crate) bounds: Bounds,
    /// The number of the process that it is for.
    pub(crate) process: u64,
    /// There was no memory left.
    pub(crate) is_starved: bool,
    pub(crate) log: LogLevel,
    /// Whether a line on the terminal shows what a run waits for that takes long.
    pub(crate) status: bool,
    /// Patterns for the names of handlers that are to be left out.
    pub(crate) skip: Option<&'static str>,
    /// The exit status in place of 0 when a handler failed.
    pub(crate) on_failure: Option<i32>,
    /// The lock of stdout may be held by a thread that only the parent process has.
    pub(crate) stdout_may_be_locked: bool,
    /// The file that is told which handlers failed.
    pub(crate) termination_message: Option<TerminationMessage>,
}

impl Config {
    /// How long the flush of stdout at the end of the run may take.
    pub(crate) fn flush_timeout(&self) -> Duration {
        flush_timeout(self.stdout_may_be_locked)
    }
}

/// How long a flush of stdout may take.
pub(crate) const fn flush_timeout(stdout_may_be_locked: bool) -> Duration {
    if stdout_may_be_locked { FLUSH_TIMEOUT_IN_CHILD } else { FLUSH_TIMEOUT }
}

/// How much goes to stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LogLevel {
    /// What went wrong, and nothing is drawn on the terminal.
    Quiet,
    /// What went wrong.
    Error,
    /// Also what may go wrong: a plan that does not fit into its budget, a handler that takes more
    /// than half of its limit.
    Info,
    /// Also the beginning of the run, of each handler, and their ends, when all is well.
    Trace,
}

/// A file, and what writes it. A pointer, so that programs that name no file do not contain it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TerminationMessage {
    pub(crate) path: &'static str,
    pub(crate) write: fn(&str, &Report),
}
