//! Waits for the runner and keeps the clock.

use super::departure::{FAREWELL_PATIENCE, HEAD_START, Prospect};
use super::exit_watcher::{ExitWatcher, FIRST_LOOK};
use super::line::{Line, Took, say};
use super::record::End;
use super::report::HandlerThread;
use super::state::{Finished, Phase, Run, Skip};
use super::worker::Worker;
use super::{
    LIVE, last_word, report, runner, state, tell_change, wait_for_change, wait_until_over,
};
use crate::handler::context::ExitReason;
use crate::handler::moment::Moment;
use crate::handler::registered;
use crate::sys;
use std::sync::MutexGuard;

/// Starts the runner with this number and supervises it; when no thread can be started, executes
/// the handlers here.
pub(super) fn start(caller: Worker, runner: u32, process: u64) -> MutexGuard<'static, Run> {
    if let Err(error) = runner::spawn_hired(runner, process) {
        say(format_args!(
            "no thread could be started ({error}): the exit handlers run on the exiting thread, and their timeouts are not enforced"
        ));
        state().supervise_nobody();
        runner::drive(caller);
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
        wait_for_farewell(run)
    }
}

/// Keeps the clock until the run is over; or until the turn is over that the caller was handed,
/// which does not supervise meanwhile.
fn keep_watch(supervisor: Worker, handed_over: Option<u64>) -> MutexGuard<'static, Run> {
    let mut watcher = ExitWatcher::new();
    let mut pause = HEAD_START;
    let mut run = state();
    while run.phase == Phase::Going && handed_over.is_none_or(|turn| run.is_turn(turn)) {
        if run.caller_lost && supervisor.on == HandlerThread::Caller {
            // This thread was given up and came back late: another one supervises.
            wait_until_over(run);
            return state();
        }
        let now = Moment::now();
        if let Some(prospect) = run.prospect(now) {
            run = see_off(run, prospect, supervisor, now);
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
            settle(runner::execute(turn));
        } else if let Some((turn, thread)) = watcher.whom_to_look_at(&run, now) {
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
        } else {
            let mut wake_at = run.budget_end().min(run.next_deadline()).min(watcher.next_look());
            if run.active.is_empty() {
                // A runner is about to take a handler or to leave, and does not wake this thread
                // for that, as this thread looks soon.
                wake_at = wake_at.min(now.plus(pause));
                pause = (pause * 2).min(FIRST_LOOK);
            }
            run = doze(run, wake_at, now);
            continue;
        }
        run = state();
    }
    run
}

/// Sleeps at most until `wake_at`, while a runner that needs this thread earlier wakes it.
fn doze(
    mut run: MutexGuard<'static, Run>,
    wake_at: Moment,
    now: Moment,
) -> MutexGuard<'static, Run> {
    run.wakes_at = wake_at;
    run.supervising += 1;
    run = sleep(run, wake_at, now);
    run.supervising -= 1;
    run
}

/// Waits for a runner that is leaving, or has another one do what is left in its place.
#[inline(never)]
fn see_off(
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
        run.be_over();
        tell_change(run);
        keep_code();
    } else {
        drop(run);
        if prospect == Prospect::Late {
            say_late_farewell();
        }
        keep_code();
        runner::replace(supervisor);
    }
    state()
}

fn say_late_farewell() {
    say(format_args!(
        "the thread-locals of the exit handlers were not dropped within {}",
        Took(FAREWELL_PATIENCE)
    ));
}

/// Ends a turn that the calling thread executed in place of the runner.
fn settle(finished: Finished) {
    let mut line = Line::new();
    let mut run = state();
    run.settle(finished, Moment::now(), &mut registered::table(), &mut line);
    if !line.is_empty() {
        drop(run);
        // Before the next one is told to go on, so that lines come in order.
        line.print();
        run = state();
    }
    tell_change(run);
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
        runner::replace(supervisor);
    }
}

/// Abandons the handler of this turn; `false` when that has just ended.
fn abandon(mut run: MutexGuard<'static, Run>, turn: u64, end: End, now: Moment) -> bool {
    let mut line = Line::new();
    let is_abandoned = run.abandon(turn, end, now, &mut line);
    drop(run);
    line.print();
    keep_code();
    is_abandoned
}

/// A thread that was given up goes on executing code of this object, which must therefore stay.
fn keep_code() {
    let here = keep_code as *const ();
    if !sys::is_in_main_program(here) {
        sys::keep_loaded(here);
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
    run.crew.dismiss(runner.runner);
    abandon(run, turn, End::Abandoned, Moment::now());
    take_the_callers_place(runner);
    true
}

fn take_the_callers_place(runner: Worker) {
    runner::replace(runner);
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
        last_word::wait();
        sys::exit_now(LIVE.code().unwrap_or(0));
    }
}

/// Reports all handlers that are left as skipped, one by one, and ends the run.
pub(super) fn skip_the_rest() {
    let mut line = Line::new();
    loop {
        let skipped = state().skip_one(Moment::now(), &mut registered::table(), &mut line);
        line.print();
        match skipped {
            Skip::One => {}
            Skip::LeaveMessage(message) => (message.write)(message.path, &report()),
            Skip::Over => break,
        }
    }
    tell_change(state());
}

/// Waits until the runner threads and their thread-locals are gone.
fn wait_for_farewell(mut run: MutexGuard<'static, Run>) -> MutexGuard<'static, Run> {
    let mut end = None;
    while !run.has_no_runner() {
        if let Some((runner, is_gone)) = run.crew.take_leaver() {
            // What is left of the thread is the end of a function of std or of libc. The end of the
            // process does not wait for that where libc has called all others: to sleep once more
            // for it takes longer than all the rest. A program that goes on may ask whether it has
            // other threads.
            if is_gone && run.reason() != ExitReason::Requested {
                drop(runner);
                continue;
            }
            drop(run);
            runner.join();
            run = state();
            continue;
        }
        let now = Moment::now();
        let end = *end.get_or_insert_with(|| now.plus(FAREWELL_PATIENCE).min(run.budget_end()));
        if now >= end {
            let silent = run.budget_is_over(now);
            drop(run);
            if !silent {
                say_late_farewell();
            }
            return state();
        }
        run = sleep(run, end, now);
    }
    run
}

/// Sleeps until something changes, at most until `end`.
pub(super) fn sleep(
    run: MutexGuard<'static, Run>,
    end: Moment,
    now: Moment,
) -> MutexGuard<'static, Run> {
    wait_for_change(run, Some(end.since(now)))
}
