//! The steps of the thread that keeps the clock.

use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::report::line::{Line, say};
use crate::report::screen;
use crate::report::words::End;
use crate::run::global::{notify_change, report_so_far, state, wait_for_change};
use crate::run::next::Step;
use crate::run::settle::Finished;
use crate::run::state::Run;
use crate::text::duration::Took;
use crate::times::RUNNER_END_TIMEOUT;
use crate::{registry, sys};
use std::sync::MutexGuard;

/// Sleeps at most until `wake_at`, while a runner that needs this thread earlier wakes it.
pub(super) fn doze(
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

pub(super) fn say_runner_is_late() {
    say(format_args!(
        "the thread-locals of the exit handlers were not dropped within {}",
        Took(RUNNER_END_TIMEOUT)
    ));
}

/// Ends a turn that the calling thread executed in place of the runner.
pub(super) fn settle(finished: Finished) {
    let mut line = Line::new();
    let mut run = state();
    run.settle(finished, Moment::now(), &mut registry::table(), &mut line);
    if !line.is_empty() {
        drop(run);
        // Before the next one is told to go on, so that lines come in order.
        line.print();
        run = state();
    }
    notify_change(run);
}

/// Abandons the handler of this turn; `false` when that has just ended.
pub(super) fn abandon(mut run: MutexGuard<'static, Run>, turn: u64, end: End, now: Moment) -> bool {
    let mut line = Line::new();
    let is_abandoned = run.abandon(turn, end, now, &mut line);
    drop(run);
    line.print();
    keep_code();
    is_abandoned
}

/// A thread that was given up goes on executing code of this object, which must therefore stay.
pub(super) fn keep_code() {
    let here = keep_code as *const ();
    if !sys::is_in_main_program(here) {
        sys::keep_loaded(here);
    }
}

/// Reports all handlers that are left as skipped, one by one, and ends the run.
pub(super) fn skip_the_rest() {
    screen::erase();
    let mut line = Line::new();
    loop {
        let skipped = state().skip_one(Moment::now(), &mut registry::table(), &mut line);
        line.print();
        match skipped {
            Step::Print => {}
            Step::LeaveMessage(message) => (message.write)(message.path, &report_so_far()),
            _ => break,
        }
    }
    notify_change(state());
}

/// Waits until the runner threads and their thread-locals are gone.
pub(super) fn wait_for_runners(mut run: MutexGuard<'static, Run>) -> MutexGuard<'static, Run> {
    let mut end = None;
    while !run.has_no_runner() {
        if let Some((runner, is_gone)) = run.runners.take_ended() {
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
        let end = *end.get_or_insert_with(|| now.plus(RUNNER_END_TIMEOUT).min(run.budget_end()));
        if now >= end {
            let silent = run.budget_is_over(now);
            drop(run);
            if !silent {
                say_runner_is_late();
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
