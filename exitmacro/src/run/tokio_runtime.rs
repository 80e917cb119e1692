//! The tokio runtime in which an `async fn` handler runs.
//!
//! That is the program's own runtime, as long as it runs tasks: connections that were opened there
//! belong to it. But that runtime may be blocked, because one of its threads is the exiting thread;
//! only a probe task shows that. Then the handler gets a runtime of its own. In a forked child it
//! gets one without a probe: the threads of the program's runtime do not exist there, and may have
//! left its locks held.

use crate::fork::{identity, ownership};
use crate::handler::Failure;
use crate::handler::clock::Moment;
use crate::report::line::say;
use crate::run::executor::until;
use crate::run::runtime_context;
use crate::threads;
use crate::times::RUNTIME_TIMEOUT;
use core::cell::Cell;
use core::future::pending;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, RecvTimeoutError};
use tokio::runtime::{Builder, Handle, Runtime, TryCurrentError};
use tokio::task::AbortHandle;

/// The runtime in which the program awaits its end, and the number of its process. The lock is only
/// tried, never waited for: a forked child may inherit it locked.
static PROGRAM_RUNTIME: RwLock<Option<(u64, Handle)>> = RwLock::new(None);

/// The program's runtime was found blocked. It stays blocked while the process ends.
static IS_BLOCKED: AtomicBool = AtomicBool::new(false);

/// The program's runtime was found shut down.
static HAS_ENDED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether a handler on this thread is called in the context of the program's runtime, which
    /// the thread does not drive.
    static IS_IN_CONTEXT: Cell<bool> = const { Cell::new(false) };
}

const PROBES: u32 = 25;

/// Remembers the runtime of the calling task, if there is one, for the handlers.
pub(crate) fn remember_current() {
    if let Ok(handle) = Handle::try_current() {
        remember(handle);
    }
}

/// Remembers the runtime of the calling task, unless one is known that has not ended.
pub(crate) fn remember_current_if_none() {
    let is_known = PROGRAM_RUNTIME.try_read().is_ok_and(|known| {
        known
            .as_ref()
            .is_some_and(|(process, runtime)| *process == identity::me() && !has_ended(runtime))
    });
    if !is_known {
        remember_current();
    }
}

/// Remembers that this is the program's runtime.
pub(crate) fn remember(handle: Handle) {
    if let Ok(mut programs) = PROGRAM_RUNTIME.try_write() {
        // Not dropped: it may be the parent process's.
        core::mem::forget(programs.replace((identity::me(), handle)));
        IS_BLOCKED.store(false, Relaxed);
        HAS_ENDED.store(false, Relaxed);
    }
    runtime_context::set(in_context);
}

/// Makes a call in the context of the program's runtime, if that has not ended. A runtime that is
/// blocked keeps the tasks that it is given.
fn in_context(call: &mut dyn FnMut()) {
    let runtime = living_runtime();
    let _entered = runtime.as_ref().map(|runtime| (InContext::begin(), runtime.enter()));
    call();
}

fn living_runtime() -> Option<Handle> {
    // The exiting thread may be inside a runtime already, or its thread-locals are destroyed.
    Handle::try_current().err().filter(TryCurrentError::is_missing_context)?;
    let (process, runtime) = PROGRAM_RUNTIME.try_read().ok()?.clone()?;
    (process == identity::me() && !has_ended(&runtime)).then_some(runtime)
}

/// Ends with the call, also when that panics.
struct InContext;

impl InContext {
    fn begin() -> Self {
        IS_IN_CONTEXT.set(true);
        Self
    }
}

impl Drop for InContext {
    fn drop(&mut self) {
        IS_IN_CONTEXT.set(false);
    }
}

/// A runtime that has ended drops a task at once.
fn has_ended(runtime: &Handle) -> bool {
    let mut task = runtime.spawn(async {});
    let mut context = Context::from_waker(Waker::noop());
    matches!(Pin::new(&mut task).poll(&mut context), Poll::Ready(Err(_)))
}

/// Says once, when it is dropped, that the program's runtime had ended, if it had. To be forgotten
/// by a handler that succeeds, which did not need that runtime.
pub(super) struct EndedRuntime;

impl Drop for EndedRuntime {
    fn drop(&mut self) {
        if HAS_ENDED.swap(false, Relaxed) {
            say(format_args!(
                "the tokio runtime of the program had ended, so `async` handlers run in another \
                 one, where its connections and tasks do not answer; put `#[exitmacro::main]` \
                 above `#[tokio::main]`, or keep the runtime in a static"
            ));
        }
    }
}

/// Drives a future. `None` when it is not ready at `end`.
pub(super) fn drive<F: Future>(future: F, end: Moment) -> Result<Option<F::Output>, Failure> {
    match Handle::try_current() {
        Ok(_) if IS_IN_CONTEXT.get() => outside_of_a_runtime(future, end),
        // A handler on the exiting thread may find itself inside that thread's runtime, where no
        // other one can be driven.
        Ok(runtime) if ownership::owns_declared() && runs_tasks(&runtime, end) => {
            Ok(until(pin!(future), end))
        }
        Ok(_) => Ok(inside_the_programs_runtime(future, end)),
        // The thread-locals of the exiting thread are destroyed, so that tokio does not work on it.
        Err(error) if error.is_thread_local_destroyed() => Ok(until(pin!(future), end)),
        Err(_) => outside_of_a_runtime(future, end),
    }
}

/// Drives a future on a thread that no runtime is driven by.
fn outside_of_a_runtime<F: Future>(future: F, end: Moment) -> Result<Option<F::Output>, Failure> {
    match programs_runtime_if_not_blocked(end) {
        Some(runtime) => {
            let _entered = runtime.enter();
            Ok(until(pin!(future), end))
        }
        None => in_a_new_runtime(future, end),
    }
}

fn programs_runtime_if_not_blocked(end: Moment) -> Option<Handle> {
    if IS_BLOCKED.load(Relaxed) {
        return None;
    }
    let (process, runtime) = PROGRAM_RUNTIME.try_read().ok()?.clone()?;
    let answer = if process == identity::me() { probe(&runtime, end) } else { Probe::Blocked };
    IS_BLOCKED.store(answer != Probe::Works, Relaxed);
    HAS_ENDED.store(answer == Probe::HasEnded, Relaxed);
    (answer == Probe::Works).then_some(runtime)
}

/// What a runtime does with a task that it is given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Probe {
    /// It runs the task.
    Works,
    /// It keeps the task, and does not run it in time.
    Blocked,
    /// It drops the task, because it was shut down.
    HasEnded,
}

/// Whether the runtime runs a task that it is given now.
pub(crate) fn runs_tasks(runtime: &Handle, end: Moment) -> bool {
    probe(runtime, end) == Probe::Works
}

/// Gives the runtime a task.
fn probe(runtime: &Handle, end: Moment) -> Probe {
    let timeout = RUNTIME_TIMEOUT.min(end.since(Moment::now()) / 4);
    let (ran, has_run) = mpsc::channel();
    runtime.spawn(async move { ran.send(()) });
    for _ in 0..PROBES {
        match has_run.recv_timeout(timeout / PROBES) {
            Ok(()) => return Probe::Works,
            Err(RecvTimeoutError::Disconnected) => return Probe::HasEnded,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
    Probe::Blocked
}

fn in_a_new_runtime<F: Future>(future: F, end: Moment) -> Result<Option<F::Output>, Failure> {
    let runtime = new_runtime()
        .map_err(|error| Failure::Error(format!("no runtime could be made: {error}")))?;
    let left = end.since(Moment::now());
    let output = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { tokio::time::timeout(left, future).await.ok() })
    }));
    // Tasks that the handler left behind on other threads are not waited for, also after a panic.
    runtime.shutdown_background();
    Ok(output.unwrap_or_else(|panic| resume_unwind(panic)))
}

fn new_runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Drives the future in a runtime of its own. Another thread drives that runtime, because the
/// calling thread, inside the program's runtime, cannot. Without such a thread, the future runs in
/// the program's runtime.
fn inside_the_programs_runtime<F: Future>(future: F, end: Moment) -> Option<F::Output> {
    let driven = driven_by_another_thread();
    let _entered = driven.as_ref().map(|driven| driven.runtime.enter());
    until(pin!(future), end)
}

/// A runtime that is driven until this is dropped.
struct Driven {
    runtime: Handle,
    ends: AbortHandle,
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.ends.abort();
    }
}

fn driven_by_another_thread() -> Option<Driven> {
    let (made, is_made) = mpsc::channel();
    let drive = move || {
        let Ok(runtime) = new_runtime() else { return };
        let end = runtime.spawn(pending::<()>());
        _ = made.send(Driven { runtime: runtime.handle().clone(), ends: end.abort_handle() });
        _ = runtime.block_on(end);
        runtime.shutdown_background();
    };
    threads::spawn("exitmacro-runtime", drive).ok()?;
    is_made.recv().ok()
}
