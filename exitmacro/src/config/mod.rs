//! The configuration of a run: by the program and by the environment, read once.

pub(crate) mod declared;
pub(crate) mod duration;
pub(crate) mod env;
pub(crate) mod origin;
pub(crate) mod read;

#[cfg(events)]
use crate::report::event::Event;
use crate::times::{FLUSH_TIMEOUT, FLUSH_TIMEOUT_IN_CHILD};
use core::time::Duration;

/// The limits of a run in time and threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) budget: Duration,
    /// The timeout of each handler that configures none.
    pub(crate) timeout: Duration,
    /// Whether the program configures that timeout.
    pub(crate) is_timeout_stated: bool,
    /// How many handlers may run at the same time.
    pub(crate) threads: usize,
}

/// The limits of a run, what it prints, and what its failures change.
#[derive(Clone, Copy)]
pub(crate) struct Config {
    pub(crate) bounds: Bounds,
    /// The number of the process that runs the handlers.
    pub(crate) process: u64,
    /// Whether no memory was left.
    pub(crate) is_starved: bool,
    pub(crate) log: LogLevel,
    /// Whether a line on the terminal shows what a run waits for that takes long.
    pub(crate) status: bool,
    /// Patterns for the names of handlers that are to be left out.
    pub(crate) skip: Option<&'static str>,
    /// The exit status in place of 0 when a handler failed.
    pub(crate) on_failure: Option<i32>,
    /// Whether a thread that only the parent process has may hold the lock of stdout.
    pub(crate) stdout_may_be_locked: bool,
    /// The file to which the failed handlers are written.
    pub(crate) termination_message: Option<TerminationMessage>,
    /// What is told of the outcomes of handlers in place of stderr.
    #[cfg(events)]
    pub(crate) sink: Option<Sink>,
    /// The file that gets a picture of the run.
    #[cfg(feature = "picture")]
    pub(crate) picture: Option<PictureFile>,
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

/// What is printed to stderr.
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

/// A file, and the function that writes it. A pointer, so that programs that name no file do not
/// contain it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TerminationMessage {
    pub(crate) path: &'static str,
    pub(crate) write: fn(&str),
}

/// What takes events. Pointers, so that programs that ask for none do not contain it.
#[cfg(events)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sink {
    pub(crate) name: &'static str,
    /// `false` when no code of the program took the event.
    pub(crate) send: fn(&Event) -> bool,
    /// Has a run that is about to begin report.
    pub(crate) prepare: fn(),
}

/// The file of the picture, and what goes into it.
#[cfg(feature = "picture")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PictureFile {
    /// As the variable has it: `%p` is the number of the process.
    pub(crate) path: &'static str,
    pub(crate) format: PictureFormat,
}

#[cfg(feature = "picture")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureFormat {
    Svg,
    Trace,
}
