//! Calls one handler, and turns what it returned, or its panic, into its outcome.

use crate::handler::context::ExitContext;
use crate::handler::raw::Action;
use crate::handler::{Failure, Returned};
use crate::report::Outcome;
use crate::report::screen;
use crate::run::invocation::{Invocation, Job};
use crate::run::runtime_context::{around, within};
use crate::run::settle::Finished;
#[cfg(all(feature = "sd-notify", unix))]
use crate::run::systemd;
use crate::run::trace;
use crate::sys;
use core::any::Any;
use core::cell::Cell;
use core::time::Duration;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

/// The panic payload that unwinds a handler which calls `exitmacro::exit`.
pub(crate) struct ExitRequest(i32);

thread_local! {
    /// How many such payloads this thread has: two, when two parts of a value call `exit`.
    static EXIT_REQUESTS: Cell<u32> = const { Cell::new(0) };
}

impl ExitRequest {
    /// Ends the handler that the calling thread is executing. Not a panic: no message, no panic
    /// hook.
    pub(crate) fn unwind(code: i32) -> ! {
        EXIT_REQUESTS.set(EXIT_REQUESTS.get() + 1);
        resume_unwind(Box::new(Self(code)))
    }
}

impl Drop for ExitRequest {
    fn drop(&mut self) {
        EXIT_REQUESTS.set(EXIT_REQUESTS.get().saturating_sub(1));
    }
}

/// Whether a panic unwinds the calling thread, and not a handler that calls `exitmacro::exit`.
#[cfg(feature = "resources")]
pub(crate) fn is_panicking() -> bool {
    thread::panicking() && EXIT_REQUESTS.get() == 0
}

/// No fork takes less. After a handler that took longer, the runner checks whether it is still in
/// the same process.
pub(super) const FASTEST_FORK: Duration = Duration::from_micros(20);

/// Executes an invocation.
pub(super) fn execute(invocation: Invocation) -> Finished {
    // A copy of the context would take stack.
    let Invocation { number, id, job, ref context } = invocation;
    trace::tell_start(number);
    #[cfg(all(feature = "sd-notify", unix))]
    systemd::allow_until(context.deadline);
    Finished { number, id, outcome: outcome(job, context) }
}

/// Calls one handler.
pub(super) fn outcome(job: Job, context: &ExitContext) -> Outcome {
    // The closure is copied several times, on what may be a very small stack.
    let mut job = Some(job);
    let call = if around().is_some() { call_within } else { call };
    match catch_unwind(AssertUnwindSafe(|| call(&mut job, context))) {
        Ok(Ok(())) => Outcome::Completed,
        returned => outcome_of_failure(returned),
    }
}

/// Calls one declared handler; `false` when it does not complete, and its outcome is in `failure`
/// then. The same as [`outcome`], in fewer instructions.
#[inline(always)]
pub(super) fn call_declared(
    function: fn(&ExitContext) -> Returned,
    context: &ExitContext,
    failure: &mut Outcome,
) -> bool {
    if around().is_some() {
        *failure = outcome(Job::Declared(function), context);
        return *failure == Outcome::Completed;
    }
    call_here(|| function(context), failure)
}

/// Calls one registered handler in the same way. It is taken out of `action` in the call itself, as
/// each copy of it costs time.
#[inline(always)]
pub(super) fn call_registered(
    action: &mut Option<Action>,
    context: &ExitContext,
    failure: &mut Outcome,
) -> bool {
    if around().is_some()
        && let Some(action) = action.take()
    {
        *failure = outcome(Job::Registered(action), context);
        return *failure == Outcome::Completed;
    }
    call_here(|| action.take().map_or(Ok(()), |action| action.run(context)), failure)
}

/// Calls one registered handler in the same way, where it is.
#[inline(always)]
pub(super) fn call_in_place(
    action: &mut Action,
    context: &ExitContext,
    failure: &mut Outcome,
) -> bool {
    match around() {
        Some(around) => call_here(|| within(around, || action.run_in_place(context)), failure),
        None => call_here(|| action.run_in_place(context), failure),
    }
}

#[inline(always)]
fn call_here(call: impl FnOnce() -> Returned, failure: &mut Outcome) -> bool {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => true,
        returned => {
            *failure = outcome_of_failure(returned);
            false
        }
    }
}

#[cold]
#[inline(never)]
fn outcome_of_failure(returned: thread::Result<Returned>) -> Outcome {
    match returned {
        Ok(Ok(())) => Outcome::Completed,
        Ok(Err(Failure::Error(message))) => Outcome::Failed(message),
        Ok(Err(Failure::TimedOut)) => Outcome::TimedOut,
        Err(payload) => outcome_of_panic(payload),
    }
}

#[cold]
fn call_within(job: &mut Option<Job>, context: &ExitContext) -> Returned {
    match around() {
        Some(around) => within(around, || call(job, context)),
        None => call(job, context),
    }
}

fn call(job: &mut Option<Job>, context: &ExitContext) -> Returned {
    match job.take() {
        Some(Job::Declared(function)) => function(context),
        Some(Job::Registered(action)) => action.run(context),
        #[cfg(events)]
        Some(Job::Send(send)) => {
            if send() {
                Ok(())
            } else {
                Err(Failure::Error(String::new()))
            }
        }
        Some(Job::Flush) => {
            flush_stdout();
            Ok(())
        }
        None => Ok(()),
    }
}

#[cold]
#[inline(never)]
fn flush_stdout() {
    // What it prints may have no line end, and is not to be erased.
    screen::erase();
    if !sys::is_starved() {
        // A closed stdout is not the program's fault, and no thread could handle the error.
        _ = io::stdout().flush();
    }
}

/// Flushes stdout on a runner that ends the run.
pub(super) fn flush() {
    _ = catch_unwind(flush_stdout);
}

fn outcome_of_panic(payload: Box<dyn Any + Send>) -> Outcome {
    let outcome = match payload.downcast_ref() {
        Some(ExitRequest(code)) => Outcome::Exited(*code),
        None => Outcome::Panicked(panic_text(&*payload)),
    };
    // The payload may panic when it is dropped. That second payload is not dropped, as it could
    // panic again, without end.
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        core::mem::forget(second);
    }
    outcome
}

/// The message of a panic.
pub(crate) fn panic_text(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&'static str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("the payload of the panic is not a string").to_owned()
}
