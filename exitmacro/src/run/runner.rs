//! Executes handlers, one after the other, on the thread it is called on.

use super::line::Line;
use super::report::{HandlerThread, Outcome};
use super::state::{Finished, Job, Phase, Step, Turn, Worker};
use super::{CHANGED, LIVE, RUN, farewell, report, state, supervisor};
use crate::handler::Returned;
use crate::handler::context::ExitContext;
use crate::handler::moment::Moment;
use crate::handler::registered;
use crate::sys;
use core::any::Any;
use core::time::Duration;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// What unwinds a handler that calls `exitmacro::exit`.
pub(crate) struct ExitRequest(pub(crate) i32);

/// No fork takes less. Handlers that took longer are asked whether they return in another process.
const FASTEST_FORK: Duration = Duration::from_micros(20);

/// Starts a thread that executes what is left.
pub(super) fn spawn() -> io::Result<()> {
    let number = {
        let mut run = state();
        run.runners += 1;
        run.runner_has_left = false;
        run.runner = None;
        run.runner_was_joined = false;
        run.runners
    };
    let handle = thread::Builder::new().name("exitmacro".to_owned()).spawn(move || live(number))?;
    let mut run = state();
    // The thread may have ended by now, and another one may have been started: only the last one is waited for.
    if run.runners == number {
        run.runner = Some(handle);
        CHANGED.notify_all();
    }
    Ok(())
}

/// Starts a thread that executes what is left, or else does that here.
pub(super) fn replace(worker: Worker) {
    if spawn().is_err() {
        state().supervise_nobody();
        drive(worker);
    }
}

fn live(number: u32) {
    farewell::promise(number);
    let process = sys::process_id();
    drive(Worker::current(HandlerThread::Runner));
    if sys::process_id() != process {
        // A handler forked, and the child came out of it. It is a copy of a process that was exiting, so it does; its own handlers run.
        sys::exit(LIVE.code().unwrap_or(0));
    }
}

/// Executes handlers until none is left, or until the calling thread is abandoned.
pub(super) fn drive(worker: Worker) {
    let process = sys::process_id();
    let mut line = Line::new();
    let mut finished: Option<Finished> = None;
    let mut started = Moment::now();
    loop {
        let now = Moment::now();
        if let Some(finished) = &finished
            && now.since(started) > FASTEST_FORK
            && sys::process_id() != process
        {
            end_unknown_child(finished.number);
        }
        let next = advance(finished.take(), worker, now, &mut line);
        line.print();
        match next {
            Next::Step(Step::Execute(turn)) => {
                #[cfg(all(feature = "sd-notify", unix))]
                super::systemd::allow_until(turn.context.deadline);
                started = now;
                finished = Some(execute(turn));
            }
            Next::Step(Step::LeaveMessage(message)) => (message.write)(message.path, &report()),
            Next::Step(Step::HandedOver(turn)) => {
                if supervisor::watch_caller(turn, worker) {
                    return;
                }
            }
            Next::Print | Next::Step(Step::Skipped) => {}
            Next::SkipTheRest => return supervisor::skip_the_rest(),
            Next::Step(Step::Over) | Next::Abandoned => return,
        }
    }
}

/// Ends a child that libc was not told of, made by a bare system call: locks may be held there by threads that do not exist, and the run looks as if it were its
/// own. A child of a proper fork has a clean state, in which this turn is nobody's; it is left to go on.
fn end_unknown_child(turn: u64) {
    if RUN.try_lock().is_ok_and(|run| !run.is_turn(turn)) {
        return;
    }
    sys::exit_now(LIVE.code().unwrap_or(0));
}

enum Next {
    Step(Step),
    /// There is a line to print first.
    Print,
    SkipTheRest,
    /// The turn was given up meanwhile, and somebody else goes on.
    Abandoned,
}

/// Ends one turn and takes the next.
fn advance(finished: Option<Finished>, worker: Worker, now: Moment, line: &mut Line) -> Next {
    let mut run = state();
    let mut table = registered::table();
    if finished.is_some_and(|finished| !run.settle(finished, now, &mut table, line)) {
        return Next::Abandoned;
    }
    if !line.is_empty() {
        // Printed before somebody else is told to go on, so that lines come in order.
        return Next::Print;
    }
    if run.phase == Phase::Going && run.budget_is_over(now) {
        return Next::SkipTheRest;
    }
    let step = run.next(now, &mut table, worker, line);
    drop(table);
    let supervisor_sleeps_too_long = run.own_deadline() < run.wakes_at;
    if supervisor_sleeps_too_long || matches!(step, Step::HandedOver(_) | Step::Over) {
        CHANGED.notify_all();
    }
    Next::Step(step)
}

/// Calls one handler. Nothing that it does comes out of here but its outcome.
pub(super) fn execute(turn: Turn) -> Finished {
    let Turn { number, id, job, context } = turn;
    let outcome = match catch_unwind(AssertUnwindSafe(|| call(job, &context))) {
        Ok(Ok(())) => Outcome::Completed,
        Ok(Err(message)) => Outcome::Failed(message),
        Err(payload) => outcome_of_panic(payload),
    };
    Finished { number, id, outcome }
}

fn call(job: Job, context: &ExitContext) -> Returned {
    match job {
        Job::Declared(function) => function(context),
        Job::Registered(action) => action.run(context),
        Job::Flush if super::is_starved() => Ok(()),
        Job::Flush => {
            // A closed stdout is not the program's fault, and nobody is left to tell.
            _ = io::stdout().flush();
            Ok(())
        }
    }
}

fn outcome_of_panic(payload: Box<dyn Any + Send>) -> Outcome {
    let outcome = match payload.downcast_ref() {
        Some(&ExitRequest(code)) => Outcome::Exited(code),
        None => Outcome::Panicked(panic_text(&*payload)),
    };
    // The payload may panic in turn when it drops. The second one is not dropped: it could go on like this for ever.
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
