//! The threads of a run. Each executes handlers, keeps the clock, or does one after the other: where
//! a handler takes the exiting thread, a runner keeps the clock meanwhile.

use crate::environment::Environment;
use crate::fork::ownership;
use crate::handler::clock::Moment;
use crate::report::HandlerThread;
use crate::report::line::{Line, say};
use crate::report::screen;
use crate::report::words::End;
use crate::run::active::Worker;
use crate::run::departure::Prospect;
use crate::run::execute::{FASTEST_FORK, execute};
use crate::run::global::{
    CHANGED, LIVE, RUN, notify_change, report_so_far, state, wait_for_change, wait_until_over,
};
use crate::run::lease::Lease;
use crate::run::next::Step;
use crate::run::park_watch::ParkWatch;
use crate::run::settle::Finished;
use crate::run::state::{Phase, Run};
use crate::run::status::Status;
use crate::run::supervision::{
    abandon, doze, keep_code, say_runner_is_late, settle, skip_the_rest, wait_for_runners,
};
use crate::run::{main_error, runner_end, trace};
use crate::threads::{self, Work};
use crate::times::{FIRST_PARKED_LOOK, RUNNER_FLUSH_TIMEOUT};
use crate::{registry, sys};
use std::io;
use std::sync::MutexGuard;

/// Starts the runner with this number and supervises it; when no thread can be started, executes
/// the handlers here.
pub(super) fn start(caller: Worker, runner: u32, process: u64) -> MutexGuard<'static, Run> {
    if let Err(error) = spawn_reserved(runner, process) {
        say(format_args!(
            "no thread could be started ({error}): the exit handlers run on the exiting thread, and their timeouts are not enforced"
        ));
        state().note_no_supervisor();
        drive(caller);
        return state();
    }
    supervise(caller)
}

/// Supervises until the run is over and its runner gone.
pub(super) fn supervise(supervisor: Worker) -> MutexGuard<'static, Run> {
    let run = keep_watch(supervisor, None);
    if run.caller_lost && supervisor.on == HandlerThread::Caller {
        run
    } else {
        wait_for_runners(run)
    }
}

/// Keeps the clock until the run is over; or until the turn is over that the caller was handed,
/// which does not supervise meanwhile.
fn keep_watch(supervisor: Worker, handed_over: Option<u64>) -> MutexGuard<'static, Run> {
    let mut watcher = ParkWatch::new();
    let mut pause = RUNNER_FLUSH_TIMEOUT;
    let mut run = state();
    let mut status = Status::new(&run, handed_over.is_some());
    while run.phase == Phase::Running && handed_over.is_none_or(|turn| run.is_turn(turn)) {
        if run.caller_lost && supervisor.on == HandlerThread::Caller {
            // This thread was given up and came back late: another one supervises.
            wait_until_over(run);
            return state();
        }
        let now = Moment::now();
        if let Some(prospect) = run.prospect(now) {
            run = watch_departure(run, prospect, supervisor, now);
            continue;
        }
        if handed_over.is_some_and(|turn| run.caller_hangs_in(turn, now)) {
            break;
        }
        if run.budget_is_over(now) {
            drop(run);
            skip_the_rest();
        } else if let Some(turn) =
            (supervisor.on == HandlerThread::Caller).then(|| run.pick_up(now)).flatten()
        {
            drop(run);
            screen::erase();
            trace::tell_start(turn.number);
            settle(execute(turn));
        } else if let Some((turn, thread)) =
            run.exiting.is_inside().then(|| watcher.next_suspect(&run.active, now)).flatten()
        {
            drop(run);
            let parked = watcher.is_parked_for_good(turn, thread, now);
            run = state();
            if parked && run.is_turn(turn) {
                replace_runner(run, turn, End::Parked, supervisor, now);
            } else {
                continue;
            }
        } else if let Some((turn, thread)) =
            run.overdue(now).map(|current| (current.number, current.worker.watch))
        {
            let is_inside = run.exiting.is_inside();
            drop(run);
            let end = if is_inside && thread.might_be_parked() {
                End::AbandonedPerhapsParked
            } else {
                End::Abandoned
            };
            run = state();
            if run.is_turn(turn) {
                replace_runner(run, turn, end, supervisor, now);
            } else {
                continue;
            }
        } else if status.next(&run) <= now {
            run = status.show(run, now);
            continue;
        } else {
            let mut wake_at = run.budget_end().min(run.next_deadline()).min(watcher.next_look());
            wake_at = wake_at.min(status.next(&run));
            if run.active.is_empty() {
                // A runner is about to take a handler or to leave, and does not wake this thread
                // for that, as this thread looks soon.
                wake_at = wake_at.min(now.plus(pause));
                pause = (pause * 2).min(FIRST_PARKED_LOOK);
            }
            run = doze(run, wake_at, now);
            continue;
        }
        run = state();
    }
    run
}

/// Waits for a runner that is leaving, or has another one do what is left in its place.
#[inline(never)]
fn watch_departure(
    mut run: MutexGuard<'static, Run>,
    prospect: Prospect,
    supervisor: Worker,
    now: Moment,
) -> MutexGuard<'static, Run> {
    if let Prospect::Leaving(until) = prospect {
        return doze(run, until, now);
    }
    run.give_up_departure();
    if prospect == Prospect::OutOfBudget {
        run.set_finished();
        notify_change(run);
        keep_code();
    } else {
        drop(run);
        if prospect == Prospect::Late {
            say_runner_is_late();
        }
        keep_code();
        replace(supervisor);
    }
    state()
}

/// Gives up the handler of this turn, and with it the thread that it blocks.
fn replace_runner(
    run: MutexGuard<'static, Run>,
    turn: u64,
    end: End,
    supervisor: Worker,
    now: Moment,
) {
    if abandon(run, turn, end, now) {
        replace(supervisor);
    }
}

/// Supervises while the caller executes the handler of this turn. If that takes too long, the
/// calling runner takes its place for the rest of the run, and the answer is `true`.
pub(super) fn watch_caller(turn: u64, runner: Worker) -> bool {
    let mut run = keep_watch(runner, Some(turn));
    if !run.is_turn(turn) {
        return false;
    }
    run.caller_lost = true;
    // From now on it waits for the others to leave, and nobody waits for it.
    run.runners.forget(runner.runner);
    abandon(run, turn, End::Abandoned, Moment::now());
    take_the_callers_place(runner);
    true
}

fn take_the_callers_place(runner: Worker) {
    replace(runner);
    let run = supervise(runner);
    let aborts = run.terms.is_some_and(|terms| terms.aborts);
    // Also the end that a handler of a run by hand asked for.
    if run.exiting.thread().is_some() || run.exit_asked {
        drop(run);
        // The exiting thread hangs, so nobody else ends the process.
        sys::write_profile();
        if aborts {
            sys::abort_now();
        }
        main_error::wait();
        sys::exit_now(LIVE.code().unwrap_or(0));
    }
}

/// Starts a thread that executes what is left, in the calling process, which has this number.
pub(super) fn spawn(process: u64) -> io::Result<()> {
    let number = state().runners.reserve();
    spawn_reserved(number, process)
}

/// The same, where it has its number.
pub(super) fn spawn_reserved(number: u32, process: u64) -> io::Result<()> {
    match threads::spawn_apart(
        "exitmacro",
        Work::Numbered(live, number, process),
        &Environment::of(process),
    ) {
        Ok(handle) => {
            let mut run = state();
            run.runners.started(number, handle);
            // It may have ended by now, and another thread may wait for the handle.
            notify_change(run);
            Ok(())
        }
        Err(error) => {
            state().runners.not_started(number);
            Err(error)
        }
    }
}

/// Sees to it that somebody executes what is left in place of a runner that was lost: one that
/// waits, a new one, another one that is at work, or else the calling thread.
pub(super) fn replace(worker: Worker) {
    if state().runners.idle > 0 {
        return CHANGED.notify_all();
    }
    if let Err(error) = spawn(ownership::me())
        && state().runners.is_empty()
    {
        say(format_args!(
            "no thread could be started ({error}): the timeouts of the remaining exit handlers are not enforced"
        ));
        state().note_no_supervisor();
        drive(worker);
    }
}

/// Has another handler run beside the one that this thread is about to execute. Without a thread
/// for that, it has to wait.
fn start_another() {
    if state().runners.idle > 0 {
        return CHANGED.notify_all();
    }
    if let Err(error) = spawn(ownership::me()) {
        say(format_args!(
            "no more threads could be started ({error}): fewer exit handlers run at the same time"
        ));
    }
}

/// What the runner of this number does, in the process of that number.
fn live(number: u32, process: u64) {
    runner_end::give_notice(number);
    let may_have_forked =
        drive_in(process, Worker::runner(number)) || ownership::noted() != process;
    if may_have_forked && ownership::me() != process {
        // A handler forked, and the child came out of it. It is a copy of a process that was
        // exiting, so it does; its own handlers run.
        sys::exit(LIVE.code().unwrap_or(0));
    }
}

/// Executes handlers until none is left, or until the calling thread is abandoned.
pub(super) fn drive(worker: Worker) {
    drive_in(ownership::me(), worker);
}

/// The same, in the process of this number. Whether one of the handlers took so long that it may
/// have forked.
fn drive_in(process: u64, worker: Worker) -> bool {
    let mut may_have_forked = false;
    let mut line = Line::new();
    let mut lease = Lease::none(&LIVE);
    let mut finished: Option<Finished> = None;
    let mut started = Moment::now();
    loop {
        let now = Moment::now();
        if finished.is_some() && now.since(started) > FASTEST_FORK {
            may_have_forked = true;
            if ownership::me() != process {
                end_unknown_child(process);
            }
        }
        let (step, has_work_for_another) =
            advance(finished.take(), worker, now, &mut line, &mut lease);
        line.print();
        if has_work_for_another {
            start_another();
        }
        match step {
            Step::Execute(turn) => {
                trace::tell_start(turn.number);
                #[cfg(all(feature = "sd-notify", unix))]
                crate::run::systemd::allow_until(turn.context.deadline);
                started = now;
                let mut last = execute(turn);
                lease.execute(&mut last, &mut started, registry::table);
                finished = Some(last);
            }
            Step::LeaveMessage(message) => (message.write)(message.path, &report_so_far()),
            Step::HandedOver(turn) => {
                if watch_caller(turn, worker) {
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

/// Ends a child of this process that libc was not told of, made by a bare system call: locks may be
/// held there by threads that do not exist, and the run looks as if it were its own. A child of a
/// proper fork has a clean state, in which it has no turn; it is left to go on.
fn end_unknown_child(process: u64) {
    if ownership::noted() != process && RUN.try_lock().is_ok() {
        return;
    }
    sys::exit_now(LIVE.code().unwrap_or(0));
}

/// Ends one handler and takes the next one. What to do, and whether another runner would find
/// something to do as well.
fn advance(
    finished: Option<Finished>,
    worker: Worker,
    now: Moment,
    line: &mut Line,
    lease: &mut Lease,
) -> (Step, bool) {
    lease.end();
    let mut run = state();
    let mut table = registry::table();
    if finished.is_some_and(|finished| !run.settle(finished, now, &mut table, line)) {
        // The handler was abandoned, and another thread goes on.
        return (Step::End, false);
    }
    if !line.is_empty() {
        // Printed before somebody else is told to go on, so that lines come in order.
        return (Step::Print, false);
    }
    if run.phase == Phase::Running && run.budget_is_over(now) {
        return (Step::SkipTheRest, false);
    }
    let step = run.next(now, &mut table, worker, line);
    if matches!(step, Step::Execute(_)) {
        run.lease(&mut table, lease);
    }
    drop(table);
    if matches!(step, Step::Wait) {
        wait(run);
        return (step, false);
    }
    let has_work_for_another = run.has_work_for_another();
    let supervisor_sleeps_too_long = run.next_deadline().min(run.next_half(now)) < run.wakes_at;
    let ends = matches!(step, Step::End) && run.end_is_awaited(now);
    if supervisor_sleeps_too_long
        || run.runners.idle > 0
        || ends
        || matches!(step, Step::HandedOver(_))
    {
        notify_change(run);
    }
    (step, has_work_for_another)
}

/// Waits until one of the handlers is over that the next one waits for.
fn wait(mut run: MutexGuard<'static, Run>) {
    run.runners.idle += 1;
    let mut run = wait_for_change(run, None);
    run.runners.idle -= 1;
}
