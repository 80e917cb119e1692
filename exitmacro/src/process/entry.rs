//! Enters the run, with the configuration of this process.

use crate::config::LogLevel;
use crate::config::read::config;
use crate::fork::ownership;
use crate::handler::context::ExitReason;
use crate::inherited;
use crate::process::{conclude, panic};
use crate::report::line::say;
use crate::run::{self, Entry, Trigger};

/// Runs all handlers, or finds out why not.
pub(super) fn enter(trigger: Trigger) -> Entry {
    enter_unless_stopped(trigger, None)
}

/// The same for a thread that has something to do before it stops, because another thread ends the
/// process.
pub(super) fn enter_unless_stopped(
    trigger: Trigger,
    before_stop: Option<&mut dyn FnMut()>,
) -> Entry {
    inherited::watch();
    if trigger.leaves_with_success() && run::may_begin() && ownership::await_adoption() {
        note_not_adopted();
    }
    run::enter(trigger, &config(), panic::watch, before_stop)
}

/// Says why the handlers of a daemon run in its parent. That may be intended, so only on request.
#[cold]
#[inline(never)]
fn note_not_adopted() {
    if config().log < LogLevel::Info {
        return;
    }
    say(format_args!(
        "a forked child in its own session has not adopted the exit handlers, so they run here, \
         in its parent; a daemon calls `exitmacro::adopt` right after the fork"
    ));
}

/// The status to end with, for a thread that has entered the run and ends the process outside of
/// libc's `exit`: `expected`, or one that a handler set; `None` when there were no handlers to run.
/// Returns only on the exiting thread.
pub(super) fn status(entry: Entry, expected: i32) -> Option<i32> {
    match entry {
        Entry::Ran { .. } => Some(conclude::status(expected)),
        // The run took place at the end of `main`, which this end followed.
        Entry::WasFinished(reason) if reason != ExitReason::Requested => {
            Some(conclude::status(expected))
        }
        Entry::Nothing | Entry::WasFinished(_) | Entry::Inside => None,
    }
}
