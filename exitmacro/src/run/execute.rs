//! Calls one handler: nothing that it does comes out but its outcome.

use crate::handler::context::ExitContext;
use crate::handler::{Failure, Returned};
use crate::report::Outcome;
use crate::report::screen;
use crate::run::invocation::{Invocation, Job};
use crate::run::settle::Finished;
use crate::sys;
use core::any::Any;
use core::time::Duration;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What unwinds a handler that calls `exitmacro::exit`.
pub(crate) struct ExitRequest(pub(crate) i32);

/// No fork takes less. Handlers that took longer are asked whether they return in another process.
pub(super) const FASTEST_FORK: Duration = Duration::from_micros(20);

/// Executes a handler whose turn it is.
pub(super) fn execute(turn: Invocation) -> Finished {
    let Invocation { number, id, job, context } = turn;
    Finished { number, id, outcome: outcome(job, &context) }
}

/// Calls one handler. Nothing that it does comes out of here but its outcome.
pub(super) fn outcome(job: Job, context: &ExitContext) -> Outcome {
    match catch_unwind(AssertUnwindSafe(|| call(job, context))) {
        Ok(Ok(())) => Outcome::Completed,
        Ok(Err(Failure::Error(message))) => Outcome::Failed(message),
        Ok(Err(Failure::TimedOut)) => Outcome::TimedOut,
        Err(payload) => outcome_of_panic(payload),
    }
}

fn call(job: Job, context: &ExitContext) -> Returned {
    match job {
        Job::Declared(function) => function(context),
        Job::Registered(action) => action.run(context),
        Job::Flush => {
            flush_stdout();
            Ok(())
        }
    }
}

#[cold]
#[inline(never)]
fn flush_stdout() {
    // What it prints may have no line end, and is not to be erased.
    screen::erase();
    if !sys::is_starved() {
        // A closed stdout is not the program's fault, and nobody is left to tell.
        _ = io::stdout().flush();
    }
}

/// Flushes stdout on a runner that is leaving.
pub(super) fn flush() {
    _ = catch_unwind(flush_stdout);
}

fn outcome_of_panic(payload: Box<dyn Any + Send>) -> Outcome {
    let outcome = match payload.downcast_ref() {
        Some(&ExitRequest(code)) => Outcome::Exited(code),
        None => Outcome::Panicked(panic_text(&*payload)),
    };
    // The payload may panic in turn when it drops. The second one is not dropped: it could go on
    // like this for ever.
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        core::mem::forget(second);
    }
    outcome
}

/// What somebody panicked with.
pub(crate) fn panic_text(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&'static str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("the payload of the panic is not a string").to_owned()
}
