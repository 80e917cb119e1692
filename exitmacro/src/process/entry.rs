//! How a way out comes to the run.

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
    run::enter(trigger, config(), panic::watch)
}

/// Runs all handlers on a way that ends the process and is not inside libc's `exit`. The status
/// that the process should end with is `expected`, or another one that a handler set; nothing, when
/// no handlers were there to run. Returns only on the thread that ends the process. Calls `after`
/// between the run and whatever ends the process or stops the calling thread.
#[cfg(feature = "signals")]
pub(super) fn run(trigger: Trigger, expected: i32, after: impl FnOnce()) -> Option<i32> {
    let entry = enter(trigger);
    after();
    match entry {
        Entry::Ran { .. } => Some(conclude::status(expected)),
        // It ran for the end of `main`, which is late.
        Entry::WasFinished(reason) if reason != ExitReason::Requested => {
            Some(conclude::status(expected))
        }
        Entry::Nothing | Entry::WasFinished(_) | Entry::Inside => None,
    }
}
