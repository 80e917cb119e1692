//! The step of a runner under the lock of the run: from one handler to the next.

use crate::handler::clock::Moment;
use crate::registry;
use crate::report::line::Line;
use crate::run::active::Worker;
use crate::run::global::{notify_change, state, wait_for_change};
use crate::run::lease::Lease;
use crate::run::settle::Finished;
use crate::run::state::{Phase, Run};
use crate::run::step::Step;
use crate::sys::Locked;

/// Settles the finished handler and takes the next one. Returns what to do, and whether another
/// runner would find a handler as well. `has_printed` says that the step before was to print.
pub(super) fn advance(
    finished: Option<Finished>,
    has_printed: bool,
    worker: Worker,
    now: Moment,
    line: &mut Line,
    lease: &mut Lease,
) -> (Step, bool) {
    lease.end();
    let mut run = state();
    run.printing = run.printing.saturating_sub(usize::from(has_printed));
    let mut table = registry::table();
    if finished.is_some_and(|finished| !run.settle(finished, now, &mut table, line)) {
        // The handler was abandoned, and another runner has replaced this one.
        return (Step::End, false);
    }
    if !line.is_empty() {
        run.printing += 1;
        return (Step::Print, false);
    }
    if run.phase == Phase::Running && run.is_budget_spent(now) {
        return (Step::SkipTheRest, false);
    }
    let step = run.next(now, &mut table, worker, line);
    if let Step::Execute(invocation) = &step {
        run.lease(invocation.id, now, &mut table, lease);
    }
    drop(table);
    match step {
        Step::Wait => {
            wait(run);
            return (step, false);
        }
        Step::Print => run.printing += 1,
        _ => {}
    }
    let has_work_for_another = run.has_work_for_another();
    let supervisor_sleeps_too_long = run.next_deadline().min(run.next_half(now)) < run.wakes_at;
    let ends = matches!(step, Step::End) && run.end_is_awaited(now);
    if supervisor_sleeps_too_long
        || run.lane_needs_look(now)
        || run.runners.idle > 0
        || ends
        || matches!(step, Step::HandedOver(_))
    {
        notify_change(run);
    }
    (step, has_work_for_another)
}

/// Waits until a handler has finished that the next one waits for.
fn wait(mut run: Locked<Run>) {
    run.runners.idle += 1;
    let mut run = wait_for_change(run, None);
    run.runners.idle -= 1;
}
