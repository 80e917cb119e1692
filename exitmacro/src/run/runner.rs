//! Executes handlers, one after the other, on the thread it is called on. Several threads do that
//! at once where handlers may run beside each other.

use super::lease::Lease;
use super::line::{Line, say};
use super::report::Outcome;
use super::state::{Finished, Phase, Run, Step};
use super::turn::{Job, Turn};
use super::worker::Worker;
use super::{
    CHANGED, LIVE, RUN, farewell, report, state, supervisor, tell_change, wait_for_change,
};
use crate::environment::Environment;
use crate::handler::context::ExitContext;
use crate::handler::moment::Moment;
use crate::handler::owner;
use crate::handler::registered;
use crate::handler::{Failure, Returned};
use crate::sys;
use crate::threads::{self, Work};
use core::any::Any;
use core::time::Duration;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::MutexGuard;

/// What unwinds a handler that calls `exitmacro::exit`.
pub(crate) struct ExitRequest(pub(crate) i32);

/// No fork takes less. Handlers that took longer are asked whether they return in another process.
pub(super) const FASTEST_FORK: Duration = Duration::from_micros(20);

/// Starts a thread that executes what is left, in the calling process, which has this number.
pub(super) fn spawn(process: u64) -> io::Result<()> {
    let number = state().crew.hire();
    spawn_hired(number, process)
}

/// The same, where it has its number.
pub(super) fn spawn_hired(number: u32, process: u64) -> io::Result<()> {
    match threads::spawn_apart(
        "exitmacro",
        Work::Numbered(live, number, process),
        &Environment::of(process),
    ) {
        Ok(handle) => {
            let mut run = state();
            run.crew.started(number, handle);
            // It may have ended by now, and another thread may wait for the handle.
            tell_change(run);
            Ok(())
        }
        Err(error) => {
            state().crew.not_started(number);
            Err(error)
        }
    }
}

/// Sees to it that somebody executes what is left in place of a runner that was lost: one that
/// waits, a new one, another one that is at work, or else the calling thread.
pub(super) fn replace(worker: Worker) {
    if state().crew.idle > 0 {
        return CHANGED.notify_all();
    }
    if let Err(error) = spawn(owner::me())
        && state().crew.is_empty()
    {
        say(format_args!(
            "no thread could be started ({error}): the timeouts of the remaining exit handlers are not enforced"
        ));
        state().supervise_nobody();
        drive(worker);
    }
}

/// Has another handler run beside the one that this thread is about to execute. Without a thread
/// for that, it has to wait.
fn call_for_help() {
    if state().crew.idle > 0 {
        return CHANGED.notify_all();
    }
    if let Err(error) = spawn(owner::me()) {
        say(format_args!(
            "no more threads could be started ({error}): fewer exit handlers run at the same time"
        ));
    }
}

/// What the runner of this number does, in the process of that number.
fn live(number: u32, process: u64) {
    farewell::promise(number);
    let may_have_forked = drive_in(process, Worker::runner(number)) || owner::noted() != process;
    if may_have_forked && owner::me() != process {
        // A handler forked, and the child came out of it. It is a copy of a process that was
        // exiting, so it does; its own handlers run.
        sys::exit(LIVE.code().unwrap_or(0));
    }
}

/// Executes handlers until none is left, or until the calling thread is abandoned.
pub(super) fn drive(worker: Worker) {
    drive_in(owner::me(), worker);
}

/// The same, in the process of this number. Whether one of the handlers took so long that it may
/// have forked.
fn drive_in(process: u64, worker: Worker) -> bool {
    let mut may_have_forked = false;
    let mut line = Line::new();
    let mut lease = Lease::none();
    let mut finished: Option<Finished> = None;
    let mut started = Moment::now();
    loop {
        let now = Moment::now();
        if finished.is_some() && now.since(started) > FASTEST_FORK {
            may_have_forked = true;
            if owner::me() != process {
                end_unknown_child(process);
            }
        }
        let next = advance(finished.take(), worker, now, &mut line, &mut lease);
        line.print();
        match next {
            Next::Step(Step::Execute(turn), help) => {
                if help {
                    call_for_help();
                }
                #[cfg(all(feature = "sd-notify", unix))]
                super::systemd::allow_until(turn.context.deadline);
                started = now;
                let mut last = execute(turn);
                lease.execute(&mut last, &mut started, registered::table);
                finished = Some(last);
            }
            Next::Step(Step::LeaveMessage(message), _) => (message.write)(message.path, &report()),
            Next::Step(Step::HandedOver(turn), help) => {
                if help {
                    call_for_help();
                }
                if supervisor::watch_caller(turn, worker) {
                    break;
                }
            }
            Next::Print | Next::Step(Step::Told | Step::Later, _) => {}
            Next::SkipTheRest => {
                supervisor::skip_the_rest();
                break;
            }
            Next::Step(Step::Over, _) | Next::Abandoned => break,
        }
    }
    may_have_forked
}

/// Ends a child of this process that libc was not told of, made by a bare system call: locks may be
/// held there by threads that do not exist, and the run looks as if it were its own. A child of a
/// proper fork has a clean state, in which it has no turn; it is left to go on.
fn end_unknown_child(process: u64) {
    if owner::noted() != process && RUN.try_lock().is_ok() {
        return;
    }
    sys::exit_now(LIVE.code().unwrap_or(0));
}

enum Next {
    /// And whether another runner would find something to do as well.
    Step(Step, bool),
    /// There is a line to print first.
    Print,
    SkipTheRest,
    /// The turn was given up meanwhile, and somebody else goes on.
    Abandoned,
}

/// Ends one turn and takes the next.
fn advance(
    finished: Option<Finished>,
    worker: Worker,
    now: Moment,
    line: &mut Line,
    lease: &mut Lease,
) -> Next {
    lease.end();
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
    if matches!(step, Step::Execute(_)) {
        run.lease(&mut table, lease);
    }
    drop(table);
    if matches!(step, Step::Later) {
        wait(run);
        return Next::Step(step, false);
    }
    let needs_help = run.needs_help();
    let supervisor_sleeps_too_long = run.next_deadline() < run.wakes_at;
    let ends = matches!(step, Step::Over) && run.end_is_awaited(now);
    if supervisor_sleeps_too_long
        || run.crew.idle > 0
        || ends
        || matches!(step, Step::HandedOver(_))
    {
        tell_change(run);
    }
    Next::Step(step, needs_help)
}

/// Waits until one of the handlers is over that the next one waits for.
fn wait(mut run: MutexGuard<'static, Run>) {
    run.crew.idle += 1;
    let mut run = wait_for_change(run, None);
    run.crew.idle -= 1;
}

/// Executes a handler whose turn it is.
pub(super) fn execute(turn: Turn) -> Finished {
    let Turn { number, id, job, context } = turn;
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
    if !super::is_starved() {
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
