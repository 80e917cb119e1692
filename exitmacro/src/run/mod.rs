//! The run: a plan goes in, a report comes out, once per process.
//!
//! This file is the gate. Every way in (the hook, [`exit`](crate::process::exit::exit), [`run`](crate::process::exit::run)) calls [`enter`], which lets one thread
//! through and tells the others what they are: late, inside a handler, or abandoned.
//!
//! The handlers execute on a runner thread, one after the other. The thread that came through the gate supervises: it sleeps until the nearest deadline. One
//! lock, [`RUN`], guards the state; a condition, [`CHANGED`], tells everybody who waits. Lock order: `RUN` before the table of handlers. No lock is held while a
//! handler runs, while a value of the user drops, or while something is printed.
//!
//! Thread-locals of the exiting thread are already destroyed when the hook runs, so nothing here uses any, except on threads that were just started.

mod exit_watcher;
mod farewell;
mod fork;
pub(crate) mod line;
mod order;
pub(crate) mod report;
mod runner;
mod state;
mod supervisor;

pub(crate) use runner::ExitRequest;

use crate::handler::context::{ExitReason, Live};
use crate::handler::declared::{Declared, HANDLERS};
use crate::handler::moment::Moment;
use crate::handler::{owner, registered};
use crate::plan::{self, Plan};
use crate::sys;
use core::time::Duration;
use line::{Line, say};
use report::{HandlerThread, Report};
use state::{Phase, Run, Terms, Worker};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

static RUN: Mutex<Run> = Mutex::new(Run::new());
static CHANGED: Condvar = Condvar::new();
static LIVE: Live = Live::new();

/// Locks the state. No code of the user runs while the guard lives, so a poisoned lock means a fault of ours in mid-change; each change keeps the state valid.
#[inline(never)]
fn state() -> MutexGuard<'static, Run> {
    RUN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What bounds a run, and how much it says.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) budget: Duration,
    /// One line a handler, also when all is well.
    pub(crate) trace: bool,
}

/// How somebody came to the gate.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// libc called the hook; with the status, where it tells.
    Hook { status: Option<i32> },
    /// libc called the hook of a shared object.
    SharedObjectHook { status: Option<i32> },
    /// `exitmacro::exit`.
    Exit { code: i32 },
    /// `exitmacro::run`.
    Call,
}

impl Way {
    fn ends_process(self) -> bool {
        !matches!(self, Self::Call)
    }

    fn code(self) -> Option<i32> {
        match self {
            Self::Hook { status } | Self::SharedObjectHook { status } => status,
            Self::Exit { code } => Some(code),
            Self::Call => None,
        }
    }

    fn reason(self) -> ExitReason {
        match self {
            Self::Hook { .. } | Self::Exit { .. } => ExitReason::Exit,
            Self::SharedObjectHook { .. } => ExitReason::Unload,
            Self::Call => ExitReason::Requested,
        }
    }
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
    /// Nothing is there to run, and nothing will be: the run is over with this.
    Nothing,
    /// Handlers wait, or are running.
    Run,
    /// The run is over.
    WasOver,
}

/// Finds out what the hook has to do. Where that is nothing, it costs two locks that nobody holds and no system call.
pub(crate) fn need() -> Need {
    let mut run = state();
    match run.phase {
        Phase::Going => Need::Run,
        Phase::Over => Need::WasOver,
        Phase::Idle => {
            let mut table = registered::table();
            if !HANDLERS.is_empty() || !table.is_empty() {
                return Need::Run;
            }
            run.end(&mut table);
            Need::Nothing
        }
    }
}

/// Makes the calling thread, which libc's `exit` runs on, the one that ends the process. If that is another one already, this one stops here: it would cut that one
/// short.
pub(crate) fn claim_end() {
    if !state().claim_exit(sys::thread_key()) {
        sys::park_forever();
    }
}

/// Runs all handlers, or finds out why not. A thread that must not go on, because another one ends the process, never returns from here.
pub(crate) fn enter(way: Way, limits: Limits) -> Entry {
    // First of all: a child that is forked while the run begins must not inherit half of it.
    fork::watch();
    let me = sys::thread_key();
    let mut run = state();
    if run.is_inside(me) {
        return Entry::Inside;
    }
    if run.phase == Phase::Idle {
        return begin(way, limits, run);
    }
    if let Way::Exit { code } = way
        && !run.is_abandoned(me)
    {
        LIVE.set_code(Some(code));
    }
    if way.ends_process() && (run.is_abandoned(me) || !run.claim_exit(me)) {
        // This thread would cut short the one that ends the process.
        drop(run);
        sys::park_forever();
    }
    if run.phase == Phase::Over {
        return Entry::WasOver;
    }
    if matches!(way, Way::Hook { .. }) {
        run.now_inside_exit();
    }
    wait_until_over(run);
    Entry::Ran
}

fn begin(way: Way, limits: Limits, mut run: MutexGuard<'static, Run>) -> Entry {
    let declared: &[Declared] = if HANDLERS.is_empty() || !owner::owns_declared() { &[] } else { &HANDLERS };
    let mut table = registered::table();
    if !table.is_empty() && !table.is_ours() {
        table.disown();
    }
    let starved = is_starved();
    let inline = starved || matches!(way, Way::SharedObjectHook { .. });
    let caller = Worker::current(HandlerThread::Caller);
    let terms = Terms { reason: way.reason(), limits, caller, inline, inside_exit: matches!(way, Way::Hook { .. }) };
    if declared.is_empty() && table.is_empty() {
        run.end(&mut table);
        return Entry::Nothing;
    }
    LIVE.set_code(way.code());
    run.begin(terms, declared, &mut table, Moment::now());
    if way.ends_process() {
        run.claim_exit(caller.thread);
    }
    drop(table);
    drop(run);
    if starved {
        say(format_args!("no memory left: the exit handlers run on the exiting thread, and their timeouts are not kept"));
    }
    if inline {
        runner::drive(caller)
    } else {
        supervisor::start(caller)
    }
    Entry::Ran
}

/// Whether there is not even the memory that starting a thread takes, about. Then handlers run where nothing has to be allocated.
pub(crate) fn is_starved() -> bool {
    const STARTING_MEMORY: usize = 16 * 1024;
    Vec::<u8>::new().try_reserve_exact(STARTING_MEMORY).is_err()
}

fn wait_until_over(run: MutexGuard<'static, Run>) {
    drop(CHANGED.wait_while(run, |run| run.phase == Phase::Going).unwrap_or_else(PoisonError::into_inner));
}

/// Ends the handler that the calling thread is executing, because it asked for the end of the process in a way that never returns to it. The run goes on. Returns when
/// the run is over and the calling thread is the one that ends the process; otherwise never.
pub(crate) fn leave_handler(way: Way) {
    let code = way.code();
    let mut run = state();
    let Some((worker, terms)) = run.current_on(sys::thread_key()) else {
        // Abandoned since the gate said otherwise.
        drop(run);
        sys::park_forever();
    };
    if code.is_some() {
        LIVE.set_code(code);
    }
    let mut line = Line::new();
    run.leave(code.or(LIVE.code()).unwrap_or(0), Moment::now(), &mut line);
    // A thread that is inside libc's `exit` may hold a lock there that only its own end releases, so it must be the one that ends the process.
    let ends_process = if terms.inside_exit || matches!(way, Way::Exit { .. }) {
        run.claim_exit(worker.thread)
    } else {
        run.exiting = Some(worker.thread);
        run.now_inside_exit();
        true
    };
    drop(run);
    line.print();
    CHANGED.notify_all();
    match worker.on {
        HandlerThread::Caller if terms.inline => runner::drive(worker),
        HandlerThread::Caller => supervisor::supervise(worker),
        HandlerThread::Runner => runner::replace(worker),
    }
    if ends_process {
        wait_until_over(state());
    }
    stop_unless_exiting();
}

/// Goes on only on the thread that ends the process.
pub(crate) fn stop_unless_exiting() {
    if state().exiting != Some(sys::thread_key()) {
        sys::park_forever();
    }
}

/// Makes `code` the status that the process ends with, on behalf of the handler that the calling thread is executing.
pub(crate) fn ask_for_exit(code: i32) {
    let mut run = state();
    if run.current_on(sys::thread_key()).is_none() {
        // Abandoned since the gate said otherwise.
        drop(run);
        sys::park_forever();
    }
    LIVE.set_code(Some(code));
    run.exit_asked = true;
}

/// Makes the calling thread the one that ends the process, if a handler asked for that by `exitmacro::exit` during a run that was started by hand.
pub(crate) fn claim_asked_exit() -> bool {
    let mut run = state();
    run.exit_asked && run.exiting.is_none() && run.claim_exit(sys::thread_key())
}

pub(crate) fn ending() -> Ending {
    Ending { code: LIVE.code(), at_once: state().out_of_budget }
}

pub(crate) fn report() -> Report {
    state().report()
}

/// Takes stock: all handlers that this process would run if it ended now, first one first.
///
/// Use it in a test to assert that nothing was left out by the linker: a dependency that no source file names is not linked, and its handlers are absent.
///
/// During the run only those handlers are listed that still wait; after it, none. In a forked child those of its parent are not listed.
///
/// ```
/// use exitmacro::at_exit;
///
/// #[at_exit(priority = 10, name = "close the database")]
/// fn close_db() {}
///
/// let plan = exitmacro::plan();
/// assert!(plan.handlers().iter().any(|handler| handler.name() == "close the database"));
/// println!("{plan}");
/// ```
#[must_use]
pub fn plan() -> Plan {
    let run = state();
    let waiting = match run.phase {
        Phase::Idle if owner::owns_declared() => plan::declared_ranks(&HANDLERS).collect(),
        Phase::Going => run.declared_left(),
        Phase::Idle | Phase::Over => Vec::new(),
    };
    Plan::of(&HANDLERS, waiting.into_iter(), &registered::table())
}
