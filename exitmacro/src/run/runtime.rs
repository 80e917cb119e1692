//! The tokio runtime that an `async fn` handler finds itself in.
//!
//! While the program's own runtime is at work, that is it: connections that were opened there belong to it. It may as well be at a standstill, because a thread of it is the one that ends the process;
//! nothing tells that but trying. Then the handler gets a runtime of its own.

use super::future::until;
use crate::handler::Failure;
use crate::handler::moment::Moment;
use core::pin::pin;
use core::time::Duration;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError, mpsc};
use tokio::runtime::{Builder, Handle};

/// The runtime that the program awaits its end in.
static PROGRAMS: Mutex<Option<Handle>> = Mutex::new(None);

/// It was found at a standstill, and stays so while the process ends.
static STANDS_STILL: AtomicBool = AtomicBool::new(false);

/// How long a runtime has to show that it is at work.
const PATIENCE: Duration = Duration::from_millis(100);

/// Makes the runtime that the calling task runs in, if any, the one of the handlers.
pub(crate) fn is_this_one() {
    if let Ok(handle) = Handle::try_current() {
        *PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
    }
}

/// `None` when the future is not ready at `end`.
pub(super) fn drive<F: Future>(future: F, end: Moment) -> Result<Option<F::Output>, Failure> {
    // A handler that wants the exiting thread finds itself in that one's runtime, where no other can be entered.
    if Handle::try_current().is_ok() {
        return Ok(until(pin!(future), end));
    }
    if let Some(runtime) = programs_at_work(end) {
        let _entered = runtime.enter();
        return Ok(until(pin!(future), end));
    }
    in_its_own(future, end)
}

fn programs_at_work(end: Moment) -> Option<Handle> {
    if STANDS_STILL.load(Relaxed) {
        return None;
    }
    let runtime = PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
    let patience = PATIENCE.min(end.since(Moment::now()) / 4);
    let is_at_work = runs_tasks(&runtime, patience);
    STANDS_STILL.store(!is_at_work, Relaxed);
    is_at_work.then_some(runtime)
}

/// Whether the runtime runs a task that it is given. One that is shut down drops it.
fn runs_tasks(runtime: &Handle, patience: Duration) -> bool {
    let (ran, has_run) = mpsc::channel();
    runtime.spawn(async move { ran.send(()) });
    has_run.recv_timeout(patience).is_ok()
}

fn in_its_own<F: Future>(future: F, end: Moment) -> Result<Option<F::Output>, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| Failure::Error(format!("no runtime could be made: {error}")))?;
    let left = end.since(Moment::now());
    let output = runtime.block_on(async { tokio::time::timeout(left, future).await.ok() });
    // What the handler left behind on other threads is not waited for.
    runtime.shutdown_background();
    Ok(output)
}
