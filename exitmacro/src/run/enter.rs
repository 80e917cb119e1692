//! The entry of the run: the first thread starts it, every other thread learns how it stands to it.

use crate::config::{Config, LogLevel};
use crate::fork::{identity, ownership};
use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::handler::declared::{Declared, handlers};
use crate::order::interrupt::Unplanned;
use crate::order::sort::declared_ranks;
use crate::registry::{self, Table};
use crate::report::line::say;
use crate::run::active::Worker;
use crate::run::ending::hold;
use crate::run::exiting::Claim;
use crate::run::forecast::TooLong;
use crate::run::global::{CHANGED, LIVE, notify_change, park, state, wait_until_finished};
use crate::run::state::{Phase, Run};
#[cfg(all(feature = "sd-notify", unix))]
use crate::run::systemd;
use crate::run::terms::Terms;
use crate::run::trigger::Trigger;
use crate::run::{drive, forecast, foreign, forked_runner, lane, on_report, runner_end, trace};
use crate::sys::{self, Locked, ThreadKey};
use core::time::Duration;

/// How a thread that enters the run stands to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// There was no handler to run. The calling thread claimed the end of the process in the hook,
    /// or for a request with a status; otherwise no thread did.
    Nothing,
    /// The run had finished before; this was its reason.
    WasFinished(ExitReason),
    /// The run has finished in this call. `exit_asked` says that it was started by hand, that a
    /// handler asked for the end of the process, and that the calling thread ends it.
    Ran { exit_asked: bool },
    /// The calling thread is executing a handler of this run.
    Inside,
}

/// Runs all handlers, or finds out why not; calls `prepare` before the first handler. Never returns
/// on a thread that must stop because another thread ends the process: calls `before_stop` there.
pub(crate) fn enter(
    trigger: Trigger,
    config: &Config,
    prepare: fn(),
    before_stop: Option<&mut dyn FnMut()>,
) -> Entry {
    let run = state();
    if run.phase == Phase::Idle {
        begin(trigger, config, prepare, run)
    } else {
        join(trigger, run, before_stop)
    }
}

/// What [`enter`] does on a thread that finds the run started. In a function of its own, as the
/// frame of `enter` stays on the stack during the run.
#[inline(never)]
fn join(trigger: Trigger, mut run: Locked<Run>, before_stop: Option<&mut dyn FnMut()>) -> Entry {
    let me = sys::thread_key();
    if run.is_inside(me) {
        return Entry::Inside;
    }
    if trigger.is_in_hook() && run.must_be_held(me) {
        hold(run);
    }
    if trigger.ends_process() && (run.may_not_exit(me) || !join_end(trigger, &mut run, me)) {
        // This thread would end the process under the exiting thread.
        drop(run);
        if let Some(before_stop) = before_stop {
            before_stop();
        }
        park(state());
    }
    // The thread that ends the process waits for such a destructor, which may not wait for it.
    let in_destructor = run.departing_on(me).is_some();
    run = runner_end::end_run_here(run, me);
    if run.phase != Phase::Finished {
        wait_until_finished(run);
        run = state();
        if !in_destructor {
            return ran(trigger, &mut run);
        }
    }
    let reason = run.reason();
    notify_change(run);
    Entry::WasFinished(reason)
}

/// What [`enter`] returns after a run. If a handler asked for the end of the process, the calling
/// thread ends it, unless another thread does.
fn ran(trigger: Trigger, run: &mut Run) -> Entry {
    let exit_asked = run.exit_asked && !trigger.ends_process();
    if exit_asked {
        run.exiting.claim(sys::thread_key(), LIVE.code());
    }
    Entry::Ran { exit_asked }
}

/// Claims the end of the process for a thread that finds the run started; `false` when another
/// thread ends the process.
fn join_end(trigger: Trigger, run: &mut Run, me: ThreadKey) -> bool {
    let is_first = run.exiting.thread().is_none() && !run.decides_status();
    let claim = claim_exit(trigger, run, me);
    if is_first && run.phase == Phase::Running && claim == Claim::Mine {
        // A run by hand has no status of its own. Now it has this status, which its handlers may
        // still change.
        run.end_came_meanwhile = true;
        share_code(trigger);
    }
    claim != Claim::Refused
}

/// Lets the handlers see the status with which the process ends.
fn share_code(trigger: Trigger) {
    match trigger.code() {
        None if trigger.may_continue() => LIVE.forget_code(),
        code => LIVE.set_code_of_end(code),
    }
}

/// Makes the calling thread the exiting thread, unless another thread is. A thread inside libc's
/// `exit` takes precedence: libc lets no other thread in.
#[inline(never)]
fn claim_exit(trigger: Trigger, run: &mut Run, me: ThreadKey) -> Claim {
    if run.waiting > 0 {
        // A thread may wait until the process has an exiting thread.
        CHANGED.notify_all();
    }
    match trigger {
        Trigger::Hook { .. } => run.exiting.claim_inside(me, trigger.code()),
        #[cfg(feature = "async")]
        Trigger::Early { .. } => run.exiting.claim_provisionally(me, trigger.code()),
        _ => run.exiting.claim(me, trigger.code()),
    }
}

fn begin(trigger: Trigger, config: &Config, prepare: fn(), run: Locked<Run>) -> Entry {
    let process = identity::noted();
    // In a function of its own, so that its stack frame is freed: the exiting thread may have a
    // very small stack.
    let mut run = match prepare_run(trigger, config, prepare, run) {
        None => return Entry::Nothing,
        Some((caller, None)) => {
            drive::drive(caller);
            state()
        }
        Some((caller, Some(runner))) => drive::start(caller, runner, config.process),
    };
    if identity::noted() != process {
        drop(run);
        end_child(trigger);
        run = state();
    }
    run.stopped.note_resumed();
    ran(trigger, &mut run)
}

/// Ends a child that was forked in a handler on the calling thread, and returned from it: with the
/// status with which its parent was about to end, and after its own handlers. The run, and the
/// claim to end the process, are the parent's. A child inside libc's `exit`, one that aborts, and
/// one of a run by hand continue by themselves.
#[cold]
fn end_child(trigger: Trigger) {
    let code = match trigger {
        Trigger::Exit { code } | Trigger::End { code, .. } => code,
        #[cfg(feature = "async")]
        Trigger::Early { code, .. } => code,
        _ => return,
    };
    forked_runner::exit_child(code);
}

/// Starts the run. Returns the calling thread, and a number for its runner unless the thread
/// executes all handlers itself; `None` when there is nothing to run.
#[inline(never)]
fn prepare_run(
    trigger: Trigger,
    config: &Config,
    prepare: fn(),
    mut run: Locked<Run>,
) -> Option<(Worker, Option<u32>)> {
    let mut table = registry::table();
    if !table.is_empty() && !registry::is_ours(&table) {
        table.disown();
    }
    let owned = claim(&mut table, config.process);
    let leaves_some_out = trigger.ends_process() && foreign::are_left_out(config.process, &table);
    let all = handlers();
    let declared: &[Declared] = if declared_ranks(all, owned).next().is_none() { &[] } else { all };
    let inline = !sys::HAS_THREADS || config.is_starved || trigger.is_without_threads();
    let caller = Worker::caller();
    let aborts = matches!(trigger, Trigger::Abort);
    let terms = Terms {
        reason: trigger.reason(),
        config: *config,
        caller,
        inline,
        aborts,
        awaited: trigger.is_awaited(),
        clock: Moment::now,
    };
    if declared.is_empty() && table.is_empty() {
        run.end(&mut table);
        if trigger.is_asked_for() || matches!(trigger, Trigger::Hook { .. }) {
            // The status holds also if `main` returns at the same moment; and a request that comes
            // at the same moment finds a thread inside libc's `exit`.
            claim_exit(trigger, &mut run, caller.thread);
        }
        drop(table);
        notify_change(run);
        if leaves_some_out {
            foreign::say_left_out(config.log);
        }
        return None;
    }
    share_code(trigger);
    let now = Moment::now();
    let since = trigger.since().unwrap_or(now);
    run.stopped.note_waiting();
    run.report_is_due = on_report::is_wanted() && !inline;
    run.lanes.queue_later = lane::queue_later();
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
    if leaves_some_out {
        foreign::say_left_out(config.log);
    }
    #[cfg(feature = "picture")]
    if inline && config.picture.is_some() {
        say(format_args!("no thread can be started here: EXITMACRO_TRACE is ignored"));
    }
    if config.log == LogLevel::Trace {
        trace::tell_beginning(trigger.reason(), registered, config.bounds.budget);
    }
    report_beginning(trigger, config.bounds.budget, too_long, unplanned, config.is_starved, inline);
    Some((caller, runner))
}

/// Prints what is known before the first handler.
#[inline(never)]
fn report_beginning(
    trigger: Trigger,
    budget: Duration,
    too_long: Option<TooLong>,
    unplanned: Option<Unplanned>,
    starved: bool,
    inline: bool,
) {
    if let Some(too_long) = too_long {
        forecast::warn(too_long, budget);
    }
    if let Some(unplanned) = unplanned {
        say(format_args!("{unplanned}"));
    }
    if inline && on_report::is_wanted() {
        say(format_args!("no thread can be started here: the report is not delivered"));
    }
    if starved {
        say(format_args!(
            "no memory left: the exit handlers run on the exiting thread, \
             and their timeouts are not enforced"
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

/// Takes the ownership claim, so that no other process runs the handlers of this one. Returns
/// whether the declared handlers belong to this process.
fn claim(table: &mut Table, process: u64) -> bool {
    if !ownership::is_owner(process) {
        return false;
    }
    match ownership::claim() {
        Ok(()) => true,
        Err(inherited_up_to) => {
            registry::make_foreign(table, inherited_up_to);
            false
        }
    }
}
