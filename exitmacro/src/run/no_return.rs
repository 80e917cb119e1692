//! Handlers that never return: they ask for the end of the process, or panic where nothing unwinds.
//! The run continues on another thread, or on top of the handler.

use crate::fork::identity;
use crate::handler::clock::Moment;
use crate::handler::live::PERHAPS_FAILED;
use crate::report::line::Line;
use crate::report::{HandlerThread, Outcome};
use crate::run::drive;
use crate::run::ending::{Ending, hold, stop_unless_exiting};
use crate::run::exiting::Claim;
use crate::run::global::{LIVE, notify_change, park, state, wait_until_finished};
use crate::run::state::Run;
use crate::run::terms::Executed;
use crate::run::trigger::Trigger;
use crate::sys::{self, Locked};

/// Where a thread is whose handler never returns, now that the run has finished.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Diverged {
    /// It ends the process with this status, inside libc's `exit`.
    InsideExit { code: i32 },
    /// It ends the process, and is outside of libc's `exit`.
    BeforeExit,
    /// The process continues, the handler is one of a shared object, or the process aborts anyway.
    WithoutEnd,
}

/// Ends the handler that the calling thread is executing: it has asked for the end of the process
/// by a function that never returns to it. Returns when the run has finished, on the thread that
/// ends the process; never returns on any other thread.
pub(crate) fn leave_by_exit(trigger: Trigger) -> Diverged {
    let stop = if trigger.is_in_hook() { hold } else { park };
    let (mut run, executed) = my_invocation(stop);
    let (me, code) = (executed.worker.thread, trigger.code());
    if is_another_process(&run) {
        sys::exit_now(code.unwrap_or(PERHAPS_FAILED));
    }
    // A thread inside libc's `exit` may hold a lock of libc until the process has ended. So that
    // thread must end the process.
    let claim = if run.exiting.is_inside() || matches!(trigger, Trigger::Exit { .. }) {
        run.exiting.claim(me, code)
    } else {
        run.exiting.claim_inside(me, code)
    };
    let ends_process = claim != Claim::Refused;
    set_code_asked_for(code, ends_process);
    let mut line = Line::new();
    run.exit_asked = true;
    run.end_without_return(
        executed.number,
        Outcome::Exited(code.unwrap_or(PERHAPS_FAILED)),
        Moment::now(),
        &mut line,
    );
    continue_run(run, &mut line, executed);
    end(ends_process)
}

/// Makes `code` the status of the process, as a handler asked. Where libc does not pass the status,
/// libc itself has it, on the thread of the handler. If another thread ends the process, that
/// status is lost, and may have been a failure; a failure that is known stays.
fn set_code_asked_for(code: Option<i32>, by_this_thread: bool) {
    if code.is_some() || by_this_thread {
        LIVE.set_code_of_end(code);
    } else if LIVE.code().is_none_or(|code| sys::as_the_parent_sees(code) == 0) {
        LIVE.set_code(PERHAPS_FAILED);
    }
}

/// Ends the handler that the calling thread is executing: it panicked with this message, and
/// nothing unwinds. Returns when the run has finished, on the thread that ends the process or
/// called `run`; never returns on any other thread.
pub(crate) fn leave_by_panic(message: String) -> Diverged {
    let (mut run, executed) = my_invocation(park);
    if is_another_process(&run) {
        return Diverged::WithoutEnd;
    }
    let mut line = Line::new();
    run.end_without_return(executed.number, Outcome::Panicked(message), Moment::now(), &mut line);
    let ends_process = run.exiting.is(executed.worker.thread);
    continue_run(run, &mut line, executed);
    let is_caller = executed.worker.on == HandlerThread::Caller;
    let is_stack_left = executed.inline && sys::HAS_THREADS;
    if is_caller && (is_stack_left || !ends_process || executed.aborts) {
        return Diverged::WithoutEnd;
    }
    end(ends_process)
}

/// The invocation that the calling thread is executing. If the handler was abandoned in the
/// meantime, stops the thread by `stop`.
fn my_invocation(stop: fn(Locked<Run>) -> !) -> (Locked<Run>, Executed) {
    let run = state();
    match run.executed_on(sys::thread_key()) {
        Some(executed) => (run, executed),
        None => stop(run),
    }
}

/// Whether the calling process is a child of a bare `clone`, which a handler made. It is not told
/// that the run is its parent's.
fn is_another_process(run: &Run) -> bool {
    run.terms.as_ref().is_some_and(|terms| terms.config.process != identity::me())
}

/// Has the remaining handlers executed, by this thread or by another one.
fn continue_run(run: Locked<Run>, line: &mut Line, executed: Executed) {
    let worker = executed.worker;
    drop(run);
    line.print();
    notify_change(state());
    match worker.on {
        HandlerThread::Caller if executed.inline => drive::drive(worker),
        HandlerThread::Caller => drop(drive::supervise(worker)),
        HandlerThread::Runner => drive::replace(worker),
    }
}

fn end(ends_process: bool) -> Diverged {
    if ends_process {
        wait_until_finished(state());
    }
    stop_unless_exiting(None);
    let run = state();
    if run.exiting.is_inside() {
        Diverged::InsideExit { code: Ending::of(&run).code.unwrap_or(PERHAPS_FAILED) }
    } else {
        Diverged::BeforeExit
    }
}

/// Makes `code` the status that the process ends with, on behalf of the handler that the calling
/// thread is executing.
pub(crate) fn ask_for_exit(code: i32) {
    let (mut run, ..) = my_invocation(park);
    LIVE.set_code(code);
    run.exit_asked = true;
}
