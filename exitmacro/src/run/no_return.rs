//! Leaving a handler for good: by asking for the end of the process from inside it, or by a panic
//! where nothing unwinds. Its thread is lost with it, and the run goes on without.

use crate::handler::clock::Moment;
use crate::report::line::Line;
use crate::report::{HandlerThread, Outcome};
use crate::run::active::Worker;
use crate::run::drive;
use crate::run::ending::{Ending, stop_unless_exiting};
use crate::run::exiting::Claim;
use crate::run::global::{LIVE, notify_change, park, state, wait_until_over};
use crate::run::state::{Run, Terms};
use crate::run::trigger::Trigger;
use crate::sys;
use std::sync::MutexGuard;

/// Where a thread is that left its handler for good, now that the run is over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Diverged {
    /// It ends the process with this status, inside libc's `exit`.
    InsideExit { code: i32 },
    /// It ends the process, and is not inside libc's `exit` yet.
    BeforeExit,
    /// The process was to go on, or is a shared object's, or aborts anyway.
    WithoutEnd,
}

/// Ends the handler that the calling thread is executing, because that asked for the end of the
/// process, in a way that never returns to it. Returns when the run is over and the calling thread
/// is the one that ends the process; otherwise never.
pub(crate) fn leave_by_exit(trigger: Trigger) -> Diverged {
    let (mut run, turn, worker, terms) = my_invocation();
    if let Some(code) = trigger.code() {
        LIVE.set_code(Some(code));
    }
    let mut line = Line::new();
    run.exit_asked = true;
    run.leave(turn, Outcome::Exited(LIVE.code().unwrap_or(0)), Moment::now(), &mut line);
    // A thread that is inside libc's `exit` may hold a lock there that only its own end releases,
    // so it must be the one that ends the process.
    let ends_process = if run.exiting.is_inside() || matches!(trigger, Trigger::Exit { .. }) {
        run.exiting.claim(worker.thread, LIVE.code()) != Claim::Refused
    } else {
        run.exiting.claim_inside(worker.thread, LIVE.code()) != Claim::Refused
    };
    go_on(run, &mut line, worker, terms);
    end(ends_process)
}

/// Ends the handler that the calling thread is executing, because it panicked, with this message,
/// where nothing unwinds. Returns when the run is over, on the thread that ends the process or
/// started the run by hand; otherwise never.
pub(crate) fn leave_by_panic(message: String) -> Diverged {
    let (mut run, turn, worker, terms) = my_invocation();
    let mut line = Line::new();
    run.leave(turn, Outcome::Panicked(message), Moment::now(), &mut line);
    let ends_process = run.exiting.is(worker.thread);
    go_on(run, &mut line, worker, terms);
    if worker.on == HandlerThread::Caller && (terms.inline || !ends_process || terms.aborts) {
        return Diverged::WithoutEnd;
    }
    end(ends_process)
}

/// The turn of the handler that the calling thread is executing. Never returns when it was
/// abandoned since somebody looked.
fn my_invocation() -> (MutexGuard<'static, Run>, u64, Worker, Terms) {
    let run = state();
    match run.current_on(sys::thread_key()) {
        Some((turn, worker, terms)) => (run, turn, worker, terms),
        None => park(run),
    }
}

/// Lets the rest run, on this thread or on another one.
fn go_on(run: MutexGuard<'static, Run>, line: &mut Line, worker: Worker, terms: Terms) {
    drop(run);
    line.print();
    notify_change(state());
    match worker.on {
        HandlerThread::Caller if terms.inline => drive::drive(worker),
        HandlerThread::Caller => drop(drive::supervise(worker)),
        HandlerThread::Runner => drive::replace(worker),
    }
}

fn end(ends_process: bool) -> Diverged {
    if ends_process {
        wait_until_over(state());
    }
    stop_unless_exiting();
    let run = state();
    if run.exiting.is_inside() {
        Diverged::InsideExit { code: Ending::of(&run).code.unwrap_or(0) }
    } else {
        Diverged::BeforeExit
    }
}

/// Makes `code` the status that the process ends with, on behalf of the handler that the calling
/// thread is executing.
pub(crate) fn ask_for_exit(code: i32) {
    let (mut run, ..) = my_invocation();
    LIVE.set_code(Some(code));
    run.exit_asked = true;
}
