//! The entry of the run: one thread goes through and starts it, the others learn what they are.

use crate::config::{Config, LogLevel};
use crate::fork::ownership;
use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::handler::declared::{Declared, HANDLERS};
use crate::order::interrupt::Unplanned;
use crate::order::sort::declared_ranks;
use crate::registry::{self, Table};
use crate::report::line::say;
use crate::run::active::Worker;
use crate::run::exiting::Claim;
use crate::run::global::{CHANGED, LIVE, notify_change, park, state, wait_until_over};
use crate::run::state::{Phase, Run, Terms};
#[cfg(all(feature = "sd-notify", unix))]
use crate::run::systemd;
use crate::run::trigger::Trigger;
use crate::run::{drive, forecast, runner_end, trace};
use crate::sys::{self, ThreadKey};
use core::time::Duration;
use std::sync::MutexGuard;

/// What the thread that came to the run is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// There was nothing to run, and no thread claimed the end of the process.
    Nothing,
    /// The run had finished before. It took place for this reason.
    WasFinished(ExitReason),
    /// The run has just finished. `exit_asked` says that it was started by hand, that a handler
    /// asked for the end of the process, and that the calling thread is to end it.
    Ran { exit_asked: bool },
    /// The calling thread is executing a handler of this run.
    Inside,
}

/// Runs all handlers, or finds out why not; calls `prepare` before the first one. A thread that
/// must not go on, because another one ends the process, never returns from here.
pub(crate) fn enter(trigger: Trigger, config: Config, prepare: fn()) -> Entry {
    let me = sys::thread_key();
    let mut run = state();
    if run.is_inside(me) {
        return Entry::Inside;
    }
    if run.phase == Phase::Idle {
        return begin(trigger, config, prepare, run);
    }
    if trigger.ends_process() && (run.may_not_exit(me) || !join_end(trigger, &mut run, me)) {
        // This thread would cut short the one that ends the process.
        park(run);
    }
    run = runner_end::end_run_here(run, me);
    if run.phase == Phase::Finished {
        let reason = run.reason();
        notify_change(run);
        return Entry::WasFinished(reason);
    }
    wait_until_over(run);
    ran(trigger, &mut state())
}

/// The answer after a run. The thread that started it by hand, or waited for it, ends the process
/// where a handler asked for that, if no other thread does.
fn ran(trigger: Trigger, run: &mut Run) -> Entry {
    let exit_asked = run.exit_asked && !trigger.ends_process();
    if exit_asked {
        run.exiting.claim(sys::thread_key(), LIVE.code());
    }
    Entry::Ran { exit_asked }
}

/// What a thread does to the end of the process that comes to a run which has begun before; `false`
/// when another one ends the process.
fn join_end(trigger: Trigger, run: &mut Run, me: ThreadKey) -> bool {
    let is_first = run.exiting.thread().is_none() && !run.decides_status();
    let claim = claim_exit(trigger, run, me);
    if is_first && run.phase == Phase::Running && claim == Claim::Mine {
        // A run by hand has no status of its own; from now on it has this one, which its handlers
        // may still change.
        run.end_came_meanwhile = true;
        if let Some(code) = trigger.code() {
            LIVE.set_code(Some(code));
        }
    }
    claim != Claim::Refused
}

/// Makes the calling thread the one that ends the process, unless another thread is. A thread
/// inside libc's `exit` goes before a thread that is not: the others cannot come in any more.
fn claim_exit(trigger: Trigger, run: &mut Run, me: ThreadKey) -> Claim {
    if run.waiting > 0 {
        // A thread may wait for that.
        CHANGED.notify_all();
    }
    match trigger {
        Trigger::Hook { .. } => run.exiting.claim_inside(me, trigger.code()),
        #[cfg(feature = "async")]
        Trigger::Early { .. } => run.exiting.claim_for_now(me, trigger.code()),
        _ => run.exiting.claim(me, trigger.code()),
    }
}

fn begin(trigger: Trigger, config: Config, prepare: fn(), run: MutexGuard<'static, Run>) -> Entry {
    // In a function of its own, because what it puts on the stack is not needed any more: the
    // exiting thread may have the smallest stack there is.
    let mut run = match prepare_run(trigger, config, prepare, run) {
        None => return Entry::Nothing,
        Some((caller, None)) => {
            drive::drive(caller);
            state()
        }
        Some((caller, Some(runner))) => drive::start(caller, runner, config.process),
    };
    run.stopped.goes_on();
    ran(trigger, &mut run)
}

/// Whose thread begins the run, and the number for its runner, unless that thread executes
/// everything itself; `None` when there is nothing to run.
#[inline(never)]
fn prepare_run(
    trigger: Trigger,
    config: Config,
    prepare: fn(),
    mut run: MutexGuard<'static, Run>,
) -> Option<(Worker, Option<u32>)> {
    let mut table = registry::table();
    if !table.is_empty() && !table.is_ours() {
        table.disown();
    }
    let owned = claim(&mut table, config.process);
    let declared: &[Declared] =
        if declared_ranks(&HANDLERS, owned).next().is_none() { &[] } else { &HANDLERS };
    let inline = config.is_starved || matches!(trigger, Trigger::SharedObjectHook { .. });
    let caller = Worker::caller();
    let aborts = matches!(trigger, Trigger::Abort);
    let terms = Terms {
        reason: trigger.reason(),
        config,
        caller,
        inline,
        aborts,
        awaited: trigger.is_awaited(),
        clock: Moment::now,
    };
    if declared.is_empty() && table.is_empty() {
        run.end(&mut table);
        drop(table);
        notify_change(run);
        return None;
    }
    LIVE.set_code(trigger.code());
    let now = Moment::now();
    let since = trigger.since().unwrap_or(now);
    run.stopped.waits();
    let unplanned = run.begin(terms, declared, owned, &mut table, now, since);
    let too_long = forecast::too_long(
        declared,
        owned,
        &table,
        config,
        run.budget_end().since(now),
        run.planning_end(now),
    );
    if trigger.ends_process() {
        claim_exit(trigger, &mut run, caller.thread);
    }
    let runner = (!inline).then(|| run.runners.reserve());
    let registered = table.len();
    drop(table);
    drop(run);
    prepare();
    if config.log == LogLevel::Trace {
        trace::tell_beginning(trigger.reason(), registered, config.bounds.budget);
    }
    report_beginning(trigger, config.bounds.budget, too_long, unplanned, config.is_starved);
    Some((caller, runner))
}

/// Says what there is to say before the first handler.
#[inline(never)]
fn report_beginning(
    trigger: Trigger,
    budget: Duration,
    too_long: Option<Duration>,
    unplanned: Option<Unplanned>,
    starved: bool,
) {
    if let Some(worst_case) = too_long {
        forecast::warn(worst_case, budget);
    }
    if let Some(unplanned) = unplanned {
        say(format_args!("{unplanned}"));
    }
    if starved {
        say(format_args!(
            "no memory left: the exit handlers run on the exiting thread, and their timeouts are not enforced"
        ));
    }
    #[cfg(all(feature = "sd-notify", unix))]
    if trigger.ends_process()
        && !matches!(trigger, Trigger::SharedObjectHook { .. })
        && ownership::owns_declared()
    {
        systemd::stopping();
    }
    #[cfg(not(all(feature = "sd-notify", unix)))]
    let _ = trigger;
}

/// Makes sure that no other process runs the handlers of this one. Whether the declared ones are
/// its own.
fn claim(table: &mut Table, process: u64) -> bool {
    if !ownership::is_owner(process) {
        return false;
    }
    match ownership::claim() {
        Ok(()) => true,
        Err(given_up_to) => {
            table.make_foreign(given_up_to);
            false
        }
    }
}
