//! Enters the run, with the configuration of this process.

use crate::config::read::config;
#[cfg(feature = "signals")]
use crate::handler::context::ExitReason;
use crate::inherited;
#[cfg(feature = "signals")]
use crate::process::conclude;
use crate::process::panic;
use crate::run::{self, Entry, Trigger};

/// Runs all handlers, or finds out why not.
pub(super) fn enter(trigger: Trigger) -> Entry {
    inherited::watch();
    run::enter(trigger, &config(), panic::watch)
}

/// Runs all handlers for an end of the process outside of libc's `exit`. Returns the status to end
/// with: `expected`, or one that a handler set; `None` when there were no handlers to run. Returns
/// only on the exiting thread. Calls `after` between the run and the end of the process.
#[cfg(feature = "signals")]
pub(super) fn run(trigger: Trigger, expected: i32, after: impl FnOnce()) -> Option<i32> {
    let entry = enter(trigger);
    after();
    match entry {
        Entry::Ran { .. } => Some(conclude::status(expected)),
        // The run took place at the end of `main`, which this end followed.
        Entry::WasFinished(reason) if reason != ExitReason::Requested => {
            Some(conclude::status(expected))
        }
        Entry::Nothing | Entry::WasFinished(_) | Entry::Inside => None,
    }
}
