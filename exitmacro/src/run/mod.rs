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
mod crew;
mod departure;
mod exit_watcher;
mod exiting;
mod farewell;
#[cfg(feature = "signals")]
pub(crate) mod forced;
mod forecast;
mod fork;
#[cfg(feature = "async")]
mod future;
pub(crate) mod last_word;
mod lease;
mod leaving;
mod limits;
pub(crate) mod line;
mod order;
mod record;
pub(crate) mod report;
mod runner;
#[cfg(feature = "tokio")]
pub(crate) mod runtime;
mod series;
mod skip;
mod state;
mod stopped;
mod supervisor;
#[cfg(all(feature = "sd-notify", unix))]
mod systemd;
pub(crate) mod termination_message;
mod turn;
mod way;
mod when;
mod worker;

pub(crate) use fork::adopt;
#[cfg(feature = "async")]
pub use future::driven;
pub(crate) use leaving::{Left, ask_for_exit, leave_by_exit, leave_by_panic};
pub(crate) use limits::{Limits, LogLevel, TerminationMessage, flush_patience};
pub(crate) use runner::ExitRequest;
pub(crate) use runner::panic_text;
pub(crate) use stopped::{Looks, Stopped};
pub(crate) use way::{Asked, Way};

use crate::forks;
use crate::handler::borrows;
use crate::handler::context::{ExitReason, Live};
use crate::handler::declared::{Declared, HANDLERS};
use crate::handler::moment::Moment;
use crate::handler::owner;
use crate::handler::registered::{self, Table};
use crate::plan::{self, Bounds, Interrupt, Plan, Unplanned};
use crate::sys::{self, ThreadKey};
use core::time::Duration;
use line::{Line, say};
use report::Report;
pub(crate) use state::Run;
use state::{Claim, Phase, Terms};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use worker::Worker;

static RUN: Mutex<Run> = Mutex::new(Run::new());
static CHANGED: Condvar = Condvar::new();
static LIVE: Live = Live::new();
/// What the state says, to be read without its lock.
static IS_OVER: AtomicBool = AtomicBool::new(false);

/// Locks the state. No code of the user runs while the guard lives, so a poisoned lock means a
/// fault of ours in mid-change; each change keeps the state valid.
#[inline(never)]
fn state() -> MutexGuard<'static, Run> {
    let mut run = RUN.lock().unwrap_or_else(PoisonError::into_inner);
    run.catch_up(registered::table);
    run
}

/// Unlocks the state and waits until it changes, at most for as long as `limit` says.
fn wait_for_change(
    mut run: MutexGuard<'static, Run>,
    limit: Option<Duration>,
) -> MutexGuard<'static, Run> {
    run.waiting += 1;
    let mut run = match limit {
        None => CHANGED.wait(run).unwrap_or_else(PoisonError::into_inner),
        Some(limit) => CHANGED
            .wait_timeout(run, limit)
            .map_or_else(|poison| poison.into_inner().0, |(run, _)| run),
    };
    run.waiting -= 1;
    run.catch_up(registered::table);
    run
}

/// Unlocks the state, and then wakes the threads that wait for the change that was made. Not
/// before: each of them would wake up only to wait for the lock. Where no thread waits, that costs
/// no system call.
fn tell_change(run: MutexGuard<'static, Run>) {
    let is_awaited = run.waiting > 0;
    drop(run);
    if is_awaited {
        CHANGED.notify_all();
    }
}

/// The thread that ends the process inside libc's `exit`, once the run is over and the hook has
/// nothing more to do there; 0 before. From then on no other thread can be the one.
static PASSED: AtomicUsize = AtomicUsize::new(0);

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
            let mut table = registered::table();
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
        run.end(&mut registered::table());
        run.exiting.claim_inside(thread, status);
    }
}

/// Whether the run is over.
pub(crate) fn is_over() -> bool {
    IS_OVER.load(Ordering::Acquire)
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
pub(crate) fn enter(way: Way, limits: Limits, prepare: fn()) -> Entry {
    // First of all: a child that is forked while the run begins must not inherit half of it.
    forks::watch();
    let me = sys::thread_key();
    let mut run = state();
    if run.is_inside(me) {
        return Entry::Inside;
    }
    if run.phase == Phase::Idle {
        return begin(way, limits, prepare, run);
    }
    if way.ends_process() && (run.is_stray(me) || !join_end(way, &mut run, me)) {
        // This thread would cut short the one that ends the process.
        park(run);
    }
    run = farewell::end_run_at_the_gate(run, me);
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

fn begin(way: Way, limits: Limits, prepare: fn(), run: MutexGuard<'static, Run>) -> Entry {
    // In a function of its own, because what it puts on the stack is not needed any more: the
    // exiting thread may have the smallest stack there is.
    let mut run = match make_ready(way, limits, prepare, run) {
        None => return Entry::Nothing,
        Some((caller, None)) => {
            runner::drive(caller);
            state()
        }
        Some((caller, Some(runner))) => supervisor::start(caller, runner, limits.process),
    };
    run.stopped.goes_on();
    Entry::Ran
}

/// Whose thread begins the run, and the number for its runner, unless that thread executes
/// everything itself; `None` when there is nothing to run.
#[inline(never)]
fn make_ready(
    way: Way,
    limits: Limits,
    prepare: fn(),
    mut run: MutexGuard<'static, Run>,
) -> Option<(Worker, Option<u32>)> {
    let mut table = registered::table();
    if !table.is_empty() && !table.is_ours() {
        table.disown();
    }
    let owned = take_title(&mut table, limits.process);
    let declared: &[Declared] =
        if plan::declared_ranks(&HANDLERS, owned).next().is_none() { &[] } else { &HANDLERS };
    let inline = limits.is_starved || matches!(way, Way::SharedObjectHook { .. });
    let caller = Worker::caller();
    let aborts = matches!(way, Way::Abort);
    let terms = Terms {
        reason: way.reason(),
        limits,
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
        limits,
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
    tell_beginning(way, limits.budget, too_long, unplanned, limits.is_starved);
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
            "no memory left: the exit handlers run on the exiting thread, and their timeouts are not enforced"
        ));
    }
    #[cfg(all(feature = "sd-notify", unix))]
    if way.ends_process() && !matches!(way, Way::SharedObjectHook { .. }) && owner::owns_declared()
    {
        systemd::stopping();
    }
    #[cfg(not(all(feature = "sd-notify", unix)))]
    let _ = way;
}

/// Makes sure that no other process runs the handlers of this one. Whether the declared ones are
/// its own.
fn take_title(table: &mut Table, process: u64) -> bool {
    if !owner::is_owner(process) {
        return false;
    }
    match owner::take_title() {
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
        run = supervisor::sleep(run, end, now);
    }
}

/// Whether there is not even the memory that starting a thread takes, about. Then handlers run
/// where nothing has to be allocated.
pub(crate) fn is_starved() -> bool {
    const STARTING_MEMORY: usize = 16 * 1024;
    Vec::<u8>::new().try_reserve_exact(STARTING_MEMORY).is_err()
}

fn wait_until_over(mut run: MutexGuard<'static, Run>) {
    run.stopped.waits();
    while run.phase == Phase::Going {
        run = wait_for_change(run, None);
    }
    run.stopped.goes_on();
}

/// Stops the calling thread, because another one ends the process.
fn park(mut run: MutexGuard<'static, Run>) -> ! {
    run.stopped.parks();
    drop(run);
    sys::park_forever();
}

/// Why that thread does not go on before the run is over, so that what it has begun cannot be
/// waited for; nothing when it does.
pub(crate) fn why_stopped(thread: ThreadKey) -> Option<Stopped> {
    if thread == sys::thread_key() { Some(Stopped::Asking) } else { state().why_stopped(thread) }
}

/// Why the cell at that address stays borrowed before the run is over: a thread that does not go on
/// has a guard of it.
fn why_borrowed(cell: usize) -> Option<Stopped> {
    if borrows::borrowed().contains(&cell) {
        Some(Stopped::Asking)
    } else {
        state().why_borrowed(cell)
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
    let mut table = registered::table();
    let given_away = owner::given_away();
    if let Some(up_to) = given_away {
        table.make_foreign(up_to);
    }
    let waiting: Vec<_> = match run.phase {
        Phase::Idle => {
            plan::declared_ranks(&HANDLERS, owner::owns_declared() && given_away.is_none())
                .collect()
        }
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
