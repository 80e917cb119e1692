//! The run: a plan goes in, a report comes out, once per process.
//!
//! This file is the gate. Every way in (the hook, [`exit`](crate::process::exit::exit),
//! [`run`](crate::process::exit::run)) calls [`enter`], which lets one thread through and tells the
//! others what they are: late, inside a handler, or abandoned.
//!
//! The handlers execute on a runner thread, one after the other; on several where they ask for
//! that. The thread that came through the gate supervises: it sleeps until the nearest deadline.
//! One lock, [`RUN`], guards the state; a condition, [`CHANGED`], tells everybody who waits. Lock
//! order: `RUN` before the table of handlers. No lock is held while a handler runs, while a value
//! of the user drops, or while something is printed.
//!
//! Thread-locals of the exiting thread are already destroyed when the hook runs, so nothing here
//! uses any, except on threads that were just started.

mod active;
mod deadlines;
mod departure;
mod drive;
mod execute;
#[cfg(feature = "async")]
mod executor;
mod exiting;
#[cfg(feature = "signals")]
pub(crate) mod forced;
mod forecast;
#[cfg(feature = "async")]
mod future;
mod global;
mod invocation;
mod lease;
mod log;
mod looks;
pub(crate) mod main_error;
mod next;
mod no_return;
mod park_watch;
mod runner_end;
mod runners;
mod series;
mod settle;
mod skip;
mod state;
mod stopped;
mod supervision;
#[cfg(all(feature = "sd-notify", unix))]
mod systemd;
pub(crate) mod termination_message;
#[cfg(feature = "tokio")]
pub(crate) mod tokio_runtime;
mod trigger;
mod when;

pub(crate) use execute::{ExitRequest, panic_text};
#[cfg(feature = "async")]
pub use future::driven;
pub(crate) use global::{adopt, is_over};
pub(crate) use looks::Looks;
pub(crate) use no_return::{Left, ask_for_exit, leave_by_exit, leave_by_panic};
pub(crate) use state::Run;
pub(crate) use stopped::Stopped;
pub(crate) use trigger::{Asked, Way};

use crate::config::{Bounds, Config};
use crate::fork::ownership;
use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::handler::declared::{Declared, HANDLERS};
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::plan::Plan;
use crate::registry::{self, Table};
use crate::report::Report;
use crate::report::line::{Line, say};
use crate::run::active::Worker;
use crate::run::exiting::Claim;
use crate::run::global::{
    CHANGED, LIVE, PASSED, park, state, tell_change, wait_for_change, wait_until_over,
};
use crate::run::state::{Phase, Terms};
use crate::sys::{self, ThreadKey};
use core::time::Duration;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

/// Whether [`need`] has told the calling thread that there is nothing to do after the run, and will
/// again.
pub(crate) fn has_passed() -> bool {
    PASSED.load(Ordering::Relaxed) == sys::thread_key()
}

/// What the gate says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// There was nothing to run. Nobody claimed the end of the process.
    Nothing,
    /// The run was over before.
    WasOver,
    /// The run has just ended.
    Ran,
    /// The calling thread is executing a handler of this run.
    Inside,
}

/// How the process should end now that the run is over.
#[derive(Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) code: Option<i32>,
    /// The budget was used up: threads were left behind, so nothing else may run.
    pub(crate) at_once: bool,
}

/// What the hook of libc has to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing, or no more. Where nothing was there to run, nothing will be: the run is over with
    /// this.
    Nothing,
    /// Handlers wait, or are running.
    Run,
    /// The run is over, and another thread was about to end the process, or was the first to, which
    /// the calling one does now.
    Conclude,
    /// A handler that was abandoned asks for the end of the process, which counts no more: its
    /// thread is to be held.
    Hold,
}

/// Finds out what the hook has to do. Where that is nothing, it costs two locks that nobody holds
/// and no system call.
///
/// The calling thread, which libc's `exit` runs on, becomes the one that ends the process, when
/// there is nothing to run. If another one is inside `exit` already, this one stops here: two
/// threads there corrupt libc's memory.
pub(crate) fn need(status: Option<i32>) -> Need {
    let me = sys::thread_key();
    let mut run = state();
    run.comes_from_std(me);
    if run.is_stray(me) && !run.exiting.is(me) {
        return Need::Hold;
    }
    match run.phase {
        Phase::Going => return Need::Run,
        Phase::Over => {}
        Phase::Idle => {
            let mut table = registry::table();
            if !HANDLERS.is_empty() || !table.is_empty() {
                return Need::Run;
            }
            run.end(&mut table);
        }
    }
    // Where the first thread renounced, as a `main` does that awaited its handlers, its status
    // stays.
    let is_second = run.exiting.thread().is_none() && run.reason() != ExitReason::Requested;
    match run.exiting.claim_inside(me, status) {
        Claim::Mine if is_second => Need::Conclude,
        Claim::Mine => {
            PASSED.store(me, Ordering::Relaxed);
            Need::Nothing
        }
        Claim::TakenOver => Need::Conclude,
        Claim::Refused => park(run),
    }
}

/// The process has ended, with nothing to run, before the engine was needed: this thread is inside
/// libc's `exit`, which it came to with this status.
pub(crate) fn has_ended(thread: ThreadKey, status: Option<i32>) {
    let mut run = state();
    if run.phase == Phase::Idle {
        run.end(&mut registry::table());
        run.exiting.claim_inside(thread, status);
    }
}

/// Holds the calling thread inside libc's `exit`: a handler that was abandoned asked for the end of
/// the process there. Returns when the thread that ends the process hands that over, because std,
/// or libc, lets none in but the calling one; then with the status to end with.
pub(crate) fn hold() -> i32 {
    let me = sys::thread_key();
    let mut run = state();
    run.exiting.hold();
    let mut line = Line::new();
    if run.reason() == ExitReason::Requested && run.exiting.thread().is_none() {
        run.tell_held(me, &mut line);
    }
    drop(run);
    line.print();
    let mut run = state();
    run.stopped.waits();
    loop {
        if let Some(code) = run.exiting.release(me) {
            run.stopped.goes_on();
            return code;
        }
        run = wait_for_change(run, None);
    }
}

/// To be called by the thread that ends the process, when it is about to leave for std or libc with
/// this status: from there it does not come back to hear that another one was let through. Does not
/// return when one was already, which ends the process instead.
pub(crate) fn leave_with(code: i32) {
    let mut run = state();
    let is_handed_over = run.exiting.leave_with(code);
    tell_change(run);
    if is_handed_over {
        park(state());
    }
}

/// Whether a thread is held inside libc's `exit`.
pub(crate) fn holds_some() -> bool {
    state().exiting.holds_some()
}

/// Runs all handlers, or finds out why not; calls `prepare` before the first one. A thread that
/// must not go on, because another one ends the process, never returns from here.
pub(crate) fn enter(way: Way, config: Config, prepare: fn()) -> Entry {
    let me = sys::thread_key();
    let mut run = state();
    if run.is_inside(me) {
        return Entry::Inside;
    }
    if run.phase == Phase::Idle {
        return begin(way, config, prepare, run);
    }
    if way.ends_process() && (run.is_stray(me) || !join_end(way, &mut run, me)) {
        // This thread would cut short the one that ends the process.
        park(run);
    }
    run = runner_end::end_run_at_the_gate(run, me);
    if run.phase == Phase::Over {
        tell_change(run);
        return Entry::WasOver;
    }
    wait_until_over(run);
    Entry::Ran
}

/// What a thread does to the end of the process that comes to a run which has begun before; `false`
/// when another one ends the process.
fn join_end(way: Way, run: &mut Run, me: ThreadKey) -> bool {
    let is_first = run.exiting.thread().is_none() && !run.has_the_last_word();
    let claim = claim_exit(way, run, me);
    if is_first && run.phase == Phase::Going && claim == Claim::Mine {
        // A run by hand has no status of its own; from now on it has this one, which its handlers
        // may still change.
        run.end_came_meanwhile = true;
        if let Some(code) = way.code() {
            LIVE.set_code(Some(code));
        }
    }
    claim != Claim::Refused
}

/// Makes the calling thread the one that ends the process, unless another thread is. A thread
/// inside libc's `exit` goes before a thread that is not: the others cannot come in any more.
fn claim_exit(way: Way, run: &mut Run, me: ThreadKey) -> Claim {
    if run.waiting > 0 {
        // A thread may wait for that.
        CHANGED.notify_all();
    }
    match way {
        Way::Hook { .. } => run.exiting.claim_inside(me, way.code()),
        #[cfg(feature = "async")]
        Way::Early { .. } => run.exiting.claim_for_now(me, way.code()),
        _ => run.exiting.claim(me, way.code()),
    }
}

fn begin(way: Way, config: Config, prepare: fn(), run: MutexGuard<'static, Run>) -> Entry {
    // In a function of its own, because what it puts on the stack is not needed any more: the
    // exiting thread may have the smallest stack there is.
    let mut run = match make_ready(way, config, prepare, run) {
        None => return Entry::Nothing,
        Some((caller, None)) => {
            drive::drive(caller);
            state()
        }
        Some((caller, Some(runner))) => drive::start(caller, runner, config.process),
    };
    run.stopped.goes_on();
    Entry::Ran
}

/// Whose thread begins the run, and the number for its runner, unless that thread executes
/// everything itself; `None` when there is nothing to run.
#[inline(never)]
fn make_ready(
    way: Way,
    config: Config,
    prepare: fn(),
    mut run: MutexGuard<'static, Run>,
) -> Option<(Worker, Option<u32>)> {
    let mut table = registry::table();
    if !table.is_empty() && !registry::is_ours(&table) {
        table.disown();
    }
    let owned = take_title(&mut table, config.process);
    let declared: &[Declared] =
        if crate::order::sort::declared_ranks(&HANDLERS, owned).next().is_none() {
            &[]
        } else {
            &HANDLERS
        };
    let inline = config.is_starved || matches!(way, Way::SharedObjectHook { .. });
    let caller = Worker::caller();
    let aborts = matches!(way, Way::Abort);
    let terms = Terms {
        reason: way.reason(),
        config,
        caller,
        inline,
        aborts,
        awaited: way.is_awaited(),
        clock: Moment::now,
    };
    if declared.is_empty() && table.is_empty() {
        run.end(&mut table);
        drop(table);
        tell_change(run);
        return None;
    }
    LIVE.set_code(way.code());
    let now = Moment::now();
    let since = way.since().unwrap_or(now);
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
    if way.ends_process() {
        claim_exit(way, &mut run, caller.thread);
    }
    let runner = (!inline).then(|| run.crew.hire());
    drop(table);
    drop(run);
    prepare();
    tell_beginning(way, config.bounds.budget, too_long, unplanned, config.is_starved);
    Some((caller, runner))
}

/// Says what there is to say before the first handler.
#[inline(never)]
fn tell_beginning(
    way: Way,
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
            "no memory left: the exit handlers run on the exiting thread, and their timeouts are not kept"
        ));
    }
    #[cfg(all(feature = "sd-notify", unix))]
    if way.ends_process()
        && !matches!(way, Way::SharedObjectHook { .. })
        && ownership::owns_declared()
    {
        systemd::stopping();
    }
    #[cfg(not(all(feature = "sd-notify", unix)))]
    let _ = way;
}

/// Makes sure that no other process runs the handlers of this one. Whether the declared ones are
/// its own.
fn take_title(table: &mut Table, process: u64) -> bool {
    if !ownership::is_owner(process) {
        return false;
    }
    match ownership::take_title() {
        Ok(()) => true,
        Err(given_up_to) => {
            table.make_foreign(given_up_to);
            false
        }
    }
}

/// Waits until somebody ends the process, at most until `end`.
#[cfg(feature = "signals")]
pub(crate) fn wait_until_ending(end: Moment) {
    let mut run = state();
    while run.exiting.thread().is_none() {
        let now = Moment::now();
        if end <= now {
            return;
        }
        run = supervision::sleep(run, end, now);
    }
}

/// Whether the calling thread is executing a handler.
pub(crate) fn is_in_handler() -> bool {
    state().is_inside(sys::thread_key())
}

/// Whether the calling thread is inside libc's `exit`, and the one that ends the process.
pub(crate) fn is_inside_exit() -> bool {
    let run = state();
    run.exiting.is_inside() && run.exiting.is(sys::thread_key())
}

/// Lets another thread than the calling one be the one that ends the process.
#[cfg(feature = "async")]
pub(crate) fn renounce_exit() {
    state().exiting.renounce(sys::thread_key());
}

/// Whether another thread than the calling one ends the process.
pub(crate) fn another_thread_exits() -> bool {
    state().exiting.thread().is_some_and(|exiting| exiting != sys::thread_key())
}

/// Goes on only on the thread that ends the process.
pub(crate) fn stop_unless_exiting() {
    let run = state();
    if !run.exiting.is(sys::thread_key()) {
        park(run);
    }
}

/// Whether a handler asked for the end of the process during a run that was started by hand. Then
/// the calling thread is the one that ends it, if no other one is.
pub(crate) fn claim_asked_exit() -> bool {
    let mut run = state();
    if run.exit_asked {
        run.exiting.claim(sys::thread_key(), LIVE.code());
    }
    run.exit_asked
}

pub(crate) fn ending() -> Ending {
    let run = state();
    if run.has_the_last_word() {
        Ending { code: LIVE.code(), at_once: run.out_of_budget }
    } else {
        // The run was over, and had no say in how the process ends.
        Ending { code: run.exiting.code(), at_once: false }
    }
}

/// Whether the process is ending, and not well: with a status other than 0, or with handlers that
/// failed.
#[cfg(feature = "resources")]
pub(crate) fn ends_in_failure() -> bool {
    let run = state();
    run.phase == Phase::Going
        && (LIVE.code().is_some_and(|code| sys::as_the_parent_sees(code) != 0)
            || run.has_failures())
}

/// Whether a handler took too long. It may have left something behind that goes on.
pub(crate) fn gave_up_a_handler() -> bool {
    state().gave_up_a_handler()
}

/// Why the run took place.
#[cfg(feature = "signals")]
pub(crate) fn reason() -> ExitReason {
    state().reason()
}

pub(crate) fn report() -> Report {
    state().report()
}

/// The handlers that would run, in order.
pub(crate) fn plan(bounds: Bounds) -> Plan {
    let run = state();
    let mut table = registry::table();
    let given_away = ownership::given_away();
    if let Some(up_to) = given_away {
        table.make_foreign(up_to);
    }
    let waiting: Vec<_> = match run.phase {
        Phase::Idle => crate::order::sort::declared_ranks(
            &HANDLERS,
            ownership::owns_declared() && given_away.is_none(),
        )
        .collect(),
        Phase::Going => run.declared_left(),
        Phase::Over => Vec::new(),
    };
    // As long as at exit: what the plan shows is what happens, and nothing that wants to exit waits
    // for longer.
    let end = Moment::now().plus(bounds.budget / 10);
    Plan::of(&HANDLERS, &waiting, &table, bounds, &mut Interrupt::new(&mut || Moment::now() < end))
}

/// Whether `EXITMACRO_SKIP` skips a handler, for the fuzz targets.
#[cfg(fuzzing)]
pub(crate) fn is_skipped(patterns: &str, name: &str) -> bool {
    skip::is_asked_for(patterns, name)
}

/// The next pattern of `EXITMACRO_SKIP` that matches no handler, for the fuzz targets.
#[cfg(fuzzing)]
pub(crate) fn next_unmatched(
    left: &mut Option<&'static str>,
    names: &[&str],
) -> Option<&'static str> {
    skip::next_unmatched(left, || names.iter().copied())
}
