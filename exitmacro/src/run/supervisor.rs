//! Waits for the runner and keeps the clock.

use super::exit_watcher::{ExitWatcher, PARKED, PERHAPS_PARKED};
use super::line::{Line, Took, say};
use super::report::HandlerThread;
use super::state::{Finished, Phase, Run, Skip, Worker};
use super::{CHANGED, LIVE, report, runner, state, wait_until_over};
use crate::handler::moment::Moment;
use crate::handler::registered;
use crate::sys;
use core::time::Duration;
use std::sync::MutexGuard;

/// How long the thread-locals of a runner may take to drop.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(1);

/// What is added to the line of a handler that is past its own timeout.
const ABANDONED: &str = " and was abandoned";

/// Starts a runner and supervises it; when no thread can be started, executes the handlers here.
pub(super) fn start(caller: Worker) {
    if let Err(error) = runner::spawn() {
        say(format_args!("no thread could be started ({error}): the exit handlers run on the exiting thread, and their timeouts are not kept"));
        state().supervise_nobody();
        return runner::drive(caller);
    }
    supervise(caller);
}

/// Supervises until the run is over and its runner gone.
pub(super) fn supervise(supervisor: Worker) {
    let mut watcher = ExitWatcher::new();
    let mut run = state();
    while run.phase == Phase::Going {
        if run.caller_lost && supervisor.on == HandlerThread::Caller {
            // This thread was given up and came back late: another one supervises.
            return wait_until_over(run);
        }
        let now = Moment::now();
        if run.budget_is_over(now) {
            drop(run);
            skip_the_rest();
        } else if let Some(turn) = (supervisor.on == HandlerThread::Caller).then(|| run.pick_up()).flatten() {
            drop(run);
            settle(runner::execute(turn));
        } else if let Some((turn, thread)) = watcher.whom_to_look_at(&run, now) {
            drop(run);
            let parked = watcher.is_parked_for_good(thread, now);
            run = state();
            if parked && run.is_turn(turn) {
                replace_runner(run, PARKED, supervisor, now);
            } else {
                continue;
            }
        } else if run.own_deadline() <= now {
            let remark = if ExitWatcher::might_be_parked(&run) { PERHAPS_PARKED } else { ABANDONED };
            replace_runner(run, remark, supervisor, now);
        } else {
            let wake_at = run.budget_end().min(run.own_deadline()).min(watcher.next_look());
            run.wakes_at = wake_at;
            run = sleep(run, wake_at, now);
            continue;
        }
        run = state();
    }
    wait_for_farewell(run);
}

/// Ends a turn that the calling thread executed in place of the runner.
fn settle(finished: Finished) {
    let mut line = Line::new();
    state().settle(finished, Moment::now(), &mut registered::table(), &mut line);
    // Before the next one is told to go on, so that lines come in order.
    line.print();
    CHANGED.notify_all();
}

/// Gives up the handler whose turn it is, and with it the thread that it blocks.
fn replace_runner(run: MutexGuard<'static, Run>, remark: &'static str, supervisor: Worker, now: Moment) {
    abandon(run, remark, now);
    runner::replace(supervisor);
}

fn abandon(mut run: MutexGuard<'static, Run>, remark: &'static str, now: Moment) {
    let mut line = Line::new();
    run.abandon(remark, now, &mut line);
    drop(run);
    line.print();
    let here = abandon as *const ();
    if !sys::is_in_main_program(here) {
        // The abandoned thread goes on executing code of this object, which must therefore stay.
        sys::keep_loaded(here);
    }
}

/// Waits while the caller executes a handler. If it takes too long, the calling runner takes its place for the rest of the run, and the answer is `true`.
pub(super) fn watch_caller(turn: u64, runner: Worker) -> bool {
    let mut run = state();
    while run.is_turn(turn) {
        let now = Moment::now();
        let end = run.budget_end().min(run.own_deadline());
        if end <= now {
            run.caller_lost = true;
            abandon(run, ABANDONED, now);
            take_the_callers_place(runner);
            return true;
        }
        run = sleep(run, end, now);
    }
    false
}

fn take_the_callers_place(runner: Worker) {
    runner::replace(runner);
    supervise(runner);
    if state().exiting.is_some() {
        // The exiting thread hangs, so nobody else ends the process.
        sys::write_profile();
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
    CHANGED.notify_all();
}

/// Waits until the last runner thread and its thread-locals are gone.
fn wait_for_farewell(mut run: MutexGuard<'static, Run>) {
    let end = Moment::now().plus(FAREWELL_PATIENCE).min(run.budget_end());
    while !run.has_no_runner() {
        let now = Moment::now();
        if run.runner_has_left
            && let Some(runner) = run.runner.take()
        {
            run.runner_was_joined = true;
            drop(run);
            // What is left of the thread is the end of a function of std. It cannot fail: nothing in there unwinds.
            _ = runner.join();
            return;
        }
        if now >= end {
            let silent = run.budget_is_over(now);
            drop(run);
            if !silent {
                say(format_args!("the thread-locals of the exit handlers were not dropped within {}", Took(FAREWELL_PATIENCE)));
            }
            return;
        }
        run = sleep(run, end, now);
    }
}

/// Sleeps until something changes, at most until `end`.
fn sleep(run: MutexGuard<'static, Run>, end: Moment, now: Moment) -> MutexGuard<'static, Run> {
    CHANGED.wait_timeout(run, end.since(now)).map_or_else(|poison| poison.into_inner().0, |(run, _)| run)
}
