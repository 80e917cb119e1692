//! The tokio runtime that an `async fn` handler finds itself in.
//!
//! While the program's own runtime is at work, that is it: connections that were opened there
//! belong to it. It may as well be at a standstill, because a thread of it is the one that ends the
//! process; nothing tells that but trying. Then the handler gets a runtime of its own. In a forked
//! child it does so without a try: the threads of the program's runtime are not there, and may have
//! left its locks held.

use crate::fork::ownership;
use crate::handler::Failure;
use crate::handler::clock::Moment;
use crate::run::executor::until;
use crate::threads;
use crate::times::RUNTIME_TIMEOUT;
use core::future::pending;
use core::pin::pin;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, RecvTimeoutError};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::AbortHandle;

/// The runtime that the program awaits its end in, and the process that it is at work in. Nobody
/// waits for this lock: a forked child may find it held by a thread that it does not have.
static PROGRAMS: RwLock<Option<(u64, Handle)>> = RwLock::new(None);

/// It was found at a standstill, and stays so while the process ends.
static STANDS_STILL: AtomicBool = AtomicBool::new(false);

const LOOKS: u32 = 25;

/// Makes the runtime that the calling task runs in, if any, the one of the handlers.
pub(crate) fn remember_current() {
    if let Ok(handle) = Handle::try_current()
        && let Ok(mut programs) = PROGRAMS.try_write()
    {
        // Not dropped: it may be the parent's.
        core::mem::forget(programs.replace((ownership::me(), handle)));
        STANDS_STILL.store(false, Relaxed);
    }
}

/// `None` when the future is not ready at `end`.
pub(super) fn drive<F: Future>(future: F, end: Moment) -> Result<Option<F::Output>, Failure> {
    match Handle::try_current() {
        // A handler that wants the exiting thread finds itself in that one's runtime, where no
        // other can be driven.
        Ok(runtime) if ownership::owns_declared() && runs_tasks(&runtime, end) => {
            Ok(until(pin!(future), end))
        }
        Ok(_) => Ok(beside_the_programs(future, end)),
        // The thread-locals of the exiting thread are gone, and with them all that tokio could do
        // on it.
        Err(error) if error.is_thread_local_destroyed() => Ok(until(pin!(future), end)),
        Err(_) => match programs_at_work(end) {
            Some(runtime) => {
                let _entered = runtime.enter();
                Ok(until(pin!(future), end))
            }
            None => in_its_own(future, end),
        },
    }
}

fn programs_at_work(end: Moment) -> Option<Handle> {
    if STANDS_STILL.load(Relaxed) {
        return None;
    }
    let (process, runtime) = PROGRAMS.try_read().ok()?.clone()?;
    let is_at_work = process == ownership::me() && runs_tasks(&runtime, end);
    STANDS_STILL.store(!is_at_work, Relaxed);
    is_at_work.then_some(runtime)
}

/// Whether the runtime runs a task that it is given. One that is shut down drops it.
fn runs_tasks(runtime: &Handle, end: Moment) -> bool {
    let patience = RUNTIME_TIMEOUT.min(end.since(Moment::now()) / 4);
    let (ran, has_run) = mpsc::channel();
    runtime.spawn(async move { ran.send(()) });
    for _ in 0..LOOKS {
        match has_run.recv_timeout(patience / LOOKS) {
            Ok(()) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
    false
}

fn in_its_own<F: Future>(future: F, end: Moment) -> Result<Option<F::Output>, Failure> {
    let runtime =
        its_own().map_err(|error| Failure::Error(format!("no runtime could be made: {error}")))?;
    let left = end.since(Moment::now());
    let output = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { tokio::time::timeout(left, future).await.ok() })
    }));
    // What the handler left behind on other threads is not waited for, also when it panicked.
    runtime.shutdown_background();
    Ok(output.unwrap_or_else(|panic| resume_unwind(panic)))
}

fn its_own() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// In a runtime of its own, which another thread drives because the calling one, inside the
/// program's, cannot. Without such a thread, in the program's.
fn beside_the_programs<F: Future>(future: F, end: Moment) -> Option<F::Output> {
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
        let Ok(runtime) = its_own() else { return };
        let end = runtime.spawn(pending::<()>());
        _ = made.send(Driven { runtime: runtime.handle().clone(), ends: end.abort_handle() });
        _ = runtime.block_on(end);
        runtime.shutdown_background();
    };
    threads::spawn("exitmacro-runtime", drive).ok()?;
    is_made.recv().ok()
}
