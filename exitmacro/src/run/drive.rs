//! The threads of a run: runners, which execute handlers, and the supervisor, which abandons them
//! in time. One thread may do both in turn: while the exiting thread executes a handler, a runner
//! supervises.

use crate::environment::Environment;
use crate::fork::identity;
use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::handler::live::PERHAPS_FAILED;
use crate::registry;
use crate::report::HandlerThread;
use crate::report::line::{Line, say};
use crate::report::screen;
use crate::report::words::End;
use crate::run::active::Worker;
use crate::run::advance::advance;
use crate::run::departure::DepartureCheck;
use crate::run::execute::{FASTEST_FORK, execute};
use crate::run::forked_runner::{end_unknown_child, exit_child};
use crate::run::global::{CHANGED, LIVE, notify_change, state, wait_until_finished};
use crate::run::lease::Lease;
use crate::run::park_watch::{ParkWatch, might_be_parked};
use crate::run::settle::Finished;
#[cfg(stacks)]
use crate::run::stack;
use crate::run::state::{Phase, Run};
use crate::run::status::Status;
use crate::run::step::Step;
use crate::run::supervision::{
    abandon, deliver, execute_handed_over, report_late_runner, skip_the_rest, sleep_as_supervisor,
    wait_for_runners,
};
use crate::run::{children_left, main_error, runner_end};
use crate::sys::{self, Locked};
use crate::threads::{self, Numbered, keep_code_loaded};
use crate::times::{FIRST_PARKED_LOOK, REPORT_TIMEOUT, RUNNER_FLUSH_TIMEOUT};
use core::time::Duration;
use std::io;

/// Starts the runner with this number and supervises it. If the system starts no thread, executes
/// the handlers here.
pub(super) fn start(caller: Worker, runner: u32, process: u64) -> Locked<Run> {
    if let Err(error) = spawn_reserved(runner, process) {
        say(format_args!(
            "no thread could be started ({error}): the exit handlers run on the exiting thread, \
             and their timeouts are not enforced"
        ));
        state().note_no_supervisor();
        drive(caller);
        return state();
    }
    supervise(caller)
}

/// Supervises until the run has finished and its runners have ended.
pub(super) fn supervise(supervisor: Worker) -> Locked<Run> {
    let run = supervise_until(supervisor, None);
    if run.caller_lost && supervisor.on == HandlerThread::Caller {
        run
    } else {
        wait_for_runners(run)
    }
}

/// Supervises until the run has finished, or until this invocation has, which was handed over to
/// the caller: the caller does not supervise meanwhile.
fn supervise_until(supervisor: Worker, handed_over: Option<u64>) -> Locked<Run> {
    let mut park_watch = ParkWatch::new();
    let mut pause = RUNNER_FLUSH_TIMEOUT;
    let mut run = state();
    let mut status = Status::new(&run, handed_over.is_some());
    while run.phase == Phase::Running
        && handed_over.is_none_or(|invocation| run.is_running(invocation))
    {
        if run.caller_lost && supervisor.on == HandlerThread::Caller {
            // This thread was abandoned in its handler and returned late: a runner supervises by
            // now.
            wait_until_finished(run);
            return state();
        }
        let now = Moment::now();
        if let Some(departure) = run.check_departure(now) {
            run = watch_departure(run, departure, supervisor, now);
            continue;
        }
        if run.is_delivering {
            // Bounded by the delivery itself, also when the budget is used up.
            run = sleep_as_supervisor(run, now.plus(REPORT_TIMEOUT), now);
            continue;
        }
        if handed_over.is_some_and(|invocation| run.caller_hangs_in(invocation, now)) {
            break;
        }
        if run.is_budget_spent(now) {
            drop(run);
            skip_the_rest();
        } else if supervisor.on == HandlerThread::Caller && run.has_handed_over() {
            execute_handed_over(run, now);
        } else if let Some((invocation, thread)) =
            run.exiting.is_inside().then(|| park_watch.next_suspect(&run.active, now)).flatten()
        {
            drop(run);
            let parked = park_watch.is_parked_for_good(invocation, thread, now);
            if parked {
                replace_runner(invocation, End::Parked, supervisor, now);
            }
        } else if let Some((invocation, worker)) =
            run.overdue(now).map(|current| (current.number, current.worker))
        {
            let is_inside = run.exiting.is_inside();
            drop(run);
            let end = if is_inside && might_be_parked(worker) {
                End::AbandonedPerhapsParked
            } else {
                End::Abandoned
            };
            replace_runner(invocation, end, supervisor, now);
        } else {
            run = sleep_or_show(run, &mut status, &park_watch, &mut pause, now);
            continue;
        }
        run = state();
    }
    run
}

/// Sleeps until there is something to do, or shows what is due. In a function of its own: the frame
/// of the caller stays on what may be a very small stack.
#[inline(never)]
fn sleep_or_show(
    mut run: Locked<Run>,
    status: &mut Status,
    park_watch: &ParkWatch,
    pause: &mut Duration,
    now: Moment,
) -> Locked<Run> {
    let next_status = status.next(&run);
    if next_status <= now {
        return status.show(run, now);
    }
    let mut wake_at = run.budget_end().min(run.next_deadline()).min(park_watch.next_check());
    wake_at = wake_at.min(next_status).min(run.lanes.next_look(now));
    if run.active.is_empty() {
        // A runner is about to take a handler or to end. It does not wake this thread for that, so
        // this thread wakes up soon.
        wake_at = wake_at.min(now.plus(*pause));
        *pause = pause.saturating_add(*pause).min(FIRST_PARKED_LOOK);
    }
    sleep_as_supervisor(run, wake_at, now)
}

/// Waits for a runner that ends the run, or has another thread do what is left of that.
#[inline(never)]
fn watch_departure(
    mut run: Locked<Run>,
    departure: DepartureCheck,
    supervisor: Worker,
    now: Moment,
) -> Locked<Run> {
    if let DepartureCheck::InTime(until) = departure {
        return sleep_as_supervisor(run, until, now);
    }
    run.abandon_departure();
    if departure == DepartureCheck::OutOfBudget {
        run.set_finished();
        notify_change(run);
        keep_code_loaded();
    } else {
        drop(run);
        if departure == DepartureCheck::Late {
            report_late_runner();
        }
        keep_code_loaded();
        replace(supervisor);
    }
    state()
}

/// Abandons the handler of this invocation, if it is still running, and replaces the runner that it
/// blocks.
fn replace_runner(invocation: u64, end: End, supervisor: Worker, now: Moment) {
    if abandon(state(), invocation, end, now, None) {
        replace(supervisor);
    }
}

/// Supervises while the caller executes this invocation. If that takes too long, the calling runner
/// takes the caller's place for the rest of the run. Returns whether it did.
pub(super) fn supervise_caller(invocation: u64, runner: Worker) -> bool {
    let run = supervise_until(runner, Some(invocation));
    if !abandon(run, invocation, End::Abandoned, Moment::now(), Some(runner)) {
        return false;
    }
    take_the_callers_place(runner);
    true
}

fn take_the_callers_place(runner: Worker) {
    replace(runner);
    let run = supervise(runner);
    let aborts = run.terms.is_some_and(|terms| terms.aborts);
    let caller = run.terms.map(|terms| terms.caller.thread);
    if run.exiting.thread().is_some_and(|exiting| Some(exiting) != caller) {
        // A thread that does not hang ends the process.
        return;
    }
    // Also when a handler of a run by hand asked for the end of the process.
    if run.exiting.thread().is_some() || run.exit_asked {
        // The end of a run by hand was asked for later, by a thread that does not hang: where only
        // libc knows the status, that thread ends the process.
        let is_lost = run.reason() != ExitReason::Requested;
        drop(run);
        let Some(code) = LIVE.code().or(is_lost.then_some(PERHAPS_FAILED)) else { return };
        // The exiting thread hangs, so this thread ends the process.
        children_left::kill();
        sys::write_profile();
        if aborts {
            sys::abort_now();
        }
        main_error::wait();
        #[cfg(stacks)]
        stack::wait();
        sys::exit_now(code);
    }
}

/// Starts one more runner, in the calling process, which has this number. Returns an error without
/// memory, where std would abort the process. Not so for the first runner: the run has just looked.
pub(super) fn spawn(process: u64) -> io::Result<()> {
    threads::check_memory()?;
    let number = state().runners.reserve();
    spawn_reserved(number, process)
}

/// Starts the runner with this number.
pub(super) fn spawn_reserved(number: u32, process: u64) -> io::Result<()> {
    match threads::spawn_apart(
        "exitmacro",
        Numbered { function: runner_main, number, process },
        &Environment::of(process),
    ) {
        Ok(handle) => {
            let mut run = state();
            run.runners.started(number, handle);
            // The runner may have ended by now, and another thread may wait for the handle.
            notify_change(run);
            Ok(())
        }
        Err(error) => {
            state().runners.not_started(number);
            Err(error)
        }
    }
}

/// Replaces a lost runner: by an idle runner, a new one, another runner at work, or else by the
/// calling thread.
pub(super) fn replace(worker: Worker) {
    if state().runners.idle > 0 {
        return CHANGED.notify_all();
    }
    if let Err(error) = spawn(identity::me())
        && state().runners.is_empty()
    {
        say(format_args!(
            "no thread could be started ({error}): the timeouts of the remaining exit handlers \
             are not enforced"
        ));
        state().note_no_supervisor();
        drive(worker);
    }
}

/// Has another handler run concurrently, by an idle runner or a new one. Without a thread, that
/// handler waits.
fn start_another() {
    if state().runners.idle > 0 {
        return CHANGED.notify_all();
    }
    if sys::HAS_THREADS
        && let Err(error) = spawn(identity::me())
    {
        say(format_args!(
            "no more threads could be started ({error}): fewer exit handlers run at the same time"
        ));
    }
}

/// The main function of the runner with this number, in the process with that number.
fn runner_main(number: u32, process: u64) {
    runner_end::notify_at_end(number);
    let may_have_forked = drive_in(process, Worker::runner(number)) || identity::noted() != process;
    if may_have_forked && identity::me() != process {
        // A handler forked, and this is the child, which returned from the handler. It is a copy of
        // a process that was exiting, so it exits, and its own handlers run.
        exit_child(LIVE.code_to_end_with());
    }
}

/// Executes handlers until none is left, or until a handler of the calling thread was abandoned.
pub(super) fn drive(worker: Worker) {
    drive_in(identity::me(), worker);
}

/// Does that in the process with this number. Returns whether a handler took so long that it may
/// have forked.
fn drive_in(process: u64, worker: Worker) -> bool {
    let mut may_have_forked = false;
    let mut line = Line::new();
    let mut lease = Lease::none(&LIVE);
    let mut finished: Option<Finished> = None;
    let mut has_printed = false;
    let mut started = Moment::now();
    loop {
        let now = Moment::now();
        if finished.is_some() && now.since(started) > FASTEST_FORK {
            may_have_forked = true;
            if identity::me() != process {
                end_unknown_child(process);
            }
        }
        let (step, has_work_for_another) =
            advance(finished.take(), has_printed, worker, now, &mut line, &mut lease);
        line.print();
        has_printed = matches!(step, Step::Print);
        if has_work_for_another {
            start_another();
        }
        match step {
            Step::Execute(invocation) => {
                started = now;
                let mut last = execute(invocation);
                // Each registered handler takes the lock, so it is unlocked without a call.
                let table = || registry::table().into_guard();
                lease.execute(&mut last, &mut started, table);
                finished = Some(last);
            }
            Step::Deliver(delivery) => deliver(delivery),
            Step::HandedOver(invocation) => {
                if supervise_caller(invocation, worker) {
                    break;
                }
            }
            Step::Print | Step::Wait => {}
            Step::SkipTheRest => {
                skip_the_rest();
                break;
            }
            Step::End => break,
        }
    }
    screen::erase();
    may_have_forked
}
