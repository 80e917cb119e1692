//! The end of the process by its first signal.

use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::handler::signal::Signal;
use crate::inherited::tasks::{self, Tasks};
use crate::process::{asked, shutdown, signal_policy};
use crate::report::line::say;
use crate::run::Asked;
use crate::{sys, threads};
use std::io::{self, IsTerminal};

/// Runs the handlers, and ends the process by this signal, which is the first one. Returns if a
/// request had asked for the end before: then the thread of that request ends the process.
pub(super) fn end_by(signal: Signal) {
    // For a person who presses Ctrl-C. Where no key sends a signal, a program draws by itself.
    let draws = || sys::terminal().is_some_and(|terminal| !terminal.has_signal_keys);
    if io::stderr().is_terminal() && !draws() {
        say(format_args!("shutting down on {signal}; send it again to exit now"));
    }
    let reason = ExitReason::Signal(signal);
    let asked = Asked { reason, since: Moment::now(), status: signal_policy::status(signal) };
    let raised = shutdown::raise(Some(asked), None);
    if !raised.tasks.is_empty() {
        wake(raised.tasks);
    }
    if raised.counts {
        asked::end(asked);
    }
}

/// Wakes the tasks that wait for the request. On a thread of its own: waking a task is code of its
/// runtime, which may take long, and the process ends in any case.
fn wake(tasks: Tasks) {
    if let Err(error) = threads::spawn("exitmacro-wake", move || tasks::wake(tasks)) {
        say(format_args!(
            "no thread could be started ({error}): tasks are not notified of the shutdown"
        ));
    }
}
