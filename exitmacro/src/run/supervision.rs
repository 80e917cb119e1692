//! The steps of the supervisor.

use crate::handler::clock::Moment;
use crate::registry;
use crate::report::line::{Line, say};
use crate::report::screen;
use crate::report::words::End;
use crate::run::active::Worker;
use crate::run::execute::execute;
use crate::run::global::{notify_change, state, wait_for_change};
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::run::late_end;
use crate::run::on_report;
#[cfg(feature = "picture")]
use crate::run::picture_file;
use crate::run::runners::RunnerEnd;
use crate::run::settle::Finished;
#[cfg(stacks)]
use crate::run::stack::Suspect;
use crate::run::state::Run;
use crate::run::step::{Delivery, Step};
use crate::sys::Locked;
use crate::text::duration::Took;
use crate::threads::keep_code_loaded;
use crate::times::RUNNER_END_TIMEOUT;

/// Sleeps at most until `wake_at`; a runner with an earlier deadline wakes the thread.
pub(super) fn sleep_as_supervisor(
    mut run: Locked<Run>,
    wake_at: Moment,
    now: Moment,
) -> Locked<Run> {
    run.wakes_at = wake_at;
    run.supervising += 1;
    run = sleep(run, wake_at, now);
    run.supervising -= 1;
    run
}

pub(super) fn report_late_runner() {
    say(format_args!(
        "the thread-locals of the exit handlers were not dropped within {}",
        Took(RUNNER_END_TIMEOUT)
    ));
}

/// Executes what was handed over to the calling thread. In a function of its own: the frame of the
/// caller stays on what may be a very small stack.
#[inline(never)]
pub(super) fn execute_handed_over(mut run: Locked<Run>, now: Moment) {
    let handed_over = run.take_handed_over(now);
    drop(run);
    if let Some(invocation) = handed_over {
        screen::erase();
        settle(execute(invocation));
    }
}

/// Ends an invocation that the calling thread executed in place of the runner.
fn settle(finished: Finished) {
    let mut line = Line::new();
    let mut run = state();
    run.settle(finished, Moment::now(), &mut registry::table(), &mut line);
    notify_change(print(run, &mut line));
}

/// Prints the line about a handler, and lets no other one start meanwhile.
fn print(mut run: Locked<Run>, line: &mut Line) -> Locked<Run> {
    if line.is_empty() {
        return run;
    }
    run.printing += 1;
    drop(run);
    line.print();
    let mut run = state();
    run.printing = run.printing.saturating_sub(1);
    run
}

/// Abandons the handler of this invocation; `false` when it has just ended. If the caller executes
/// it, this runner takes the caller's place: from then on it waits for the others to end, and no
/// thread waits for it.
pub(super) fn abandon(
    mut run: Locked<Run>,
    invocation: u64,
    end: End,
    now: Moment,
    in_place_of_caller: Option<Worker>,
) -> bool {
    let mut line = Line::new();
    #[cfg(stacks)]
    let suspect = run.active.get(invocation).and_then(Suspect::of);
    let is_abandoned = run.abandon(invocation, end, now, &mut registry::table(), &mut line);
    if let Some(runner) = in_place_of_caller.filter(|_| is_abandoned) {
        run.caller_lost = true;
        run.runners.forget(runner.runner);
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if is_abandoned {
        late_end::bound_end(&run, now);
    }
    notify_change(print(run, &mut line));
    if !is_abandoned {
        return false;
    }
    keep_code_loaded();
    // Of a parked thread it is known what it does.
    #[cfg(stacks)]
    if let Some(suspect) = suspect.filter(|_| end.is_abandoned()) {
        suspect.start_printing();
    }
    true
}

/// Tells others what became of the handlers. In a function of its own, whose frame does not stay on
/// the stack of the calling thread.
#[inline(never)]
pub(super) fn deliver(delivery: Delivery) {
    match delivery {
        Delivery::Message(message) => return (message.write)(message.path),
        #[cfg(events)]
        Delivery::Events(send) => send(),
        Delivery::Report => {
            // The receivers may print.
            screen::erase();
            on_report::deliver();
        }
        #[cfg(feature = "picture")]
        Delivery::Picture(file) => picture_file::draw(file),
    }
    let mut run = state();
    run.is_delivering = false;
    notify_change(run);
}

/// Reports all remaining handlers as skipped, one by one, and ends the run.
pub(super) fn skip_the_rest() {
    screen::erase();
    let mut line = Line::new();
    #[cfg(stacks)]
    let suspects: Vec<_> = state().active.iter().filter_map(Suspect::of).collect();
    loop {
        let skipped = state().skip_one(Moment::now(), &mut registry::table(), &mut line);
        line.print();
        match skipped {
            Step::Print => {}
            Step::Deliver(delivery) => deliver(delivery),
            _ => break,
        }
    }
    #[cfg(stacks)]
    suspects.into_iter().for_each(Suspect::start_printing);
    notify_change(state());
}

/// Waits until the runner threads have ended and their thread-locals are destroyed.
pub(super) fn wait_for_runners(mut run: Locked<Run>) -> Locked<Run> {
    let mut end = None;
    while !run.has_no_runner() {
        if let Some((runner, end)) = run.runners.take_ended() {
            if let RunnerEnd::Awaited(ending) = end {
                drop(run);
                runner.join(ending);
                run = state();
            }
            continue;
        }
        let now = Moment::now();
        let end = *end.get_or_insert_with(|| now.plus(RUNNER_END_TIMEOUT).min(run.budget_end()));
        if now >= end {
            let silent = run.is_budget_spent(now);
            drop(run);
            if !silent {
                report_late_runner();
            }
            return state();
        }
        run = sleep(run, end, now);
    }
    run
}

/// Sleeps until something changes, at most until `end`.
pub(super) fn sleep(run: Locked<Run>, end: Moment, now: Moment) -> Locked<Run> {
    wait_for_change(run, Some(end.since(now)))
}
