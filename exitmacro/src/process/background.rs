//! Work on a thread of its own, for a thread that may wait for it only for a limited time, or that
//! has to do other work meanwhile.

use crate::sys;
use crate::timed_work::{self, NotDone};
use core::time::Duration;

/// Does the work, and returns its result, `None` if it panicked. If it is not done in time, its
/// thread is left behind.
pub(super) fn with_timeout<T: Send + 'static>(
    timeout: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>, NotDone> {
    let done = timed_work::run(timeout, "exitmacro-work", work)?;
    if !sys::is_in_main_program(in_this_object as *const ()) {
        // The thread still executes code of this object, which must not stay mapped for that.
        done.thread.join(done.ending);
    }
    Ok(done.output)
}

/// Its address shows whether this object is the main program.
fn in_this_object() {}

/// What the work shares with the task that awaits it.
#[cfg(feature = "async")]
struct Awaited<T> {
    output: Option<T>,
    waker: Option<core::task::Waker>,
}

/// Starts the work and awaits it, while the calling thread runs other tasks. The work is done even
/// if the task does not await it to its end.
#[cfg(feature = "async")]
pub(super) async fn spawn_awaited<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<T> {
    use core::task::Poll;
    use std::sync::{Arc, Mutex, PoisonError};

    let shared = Arc::new(Mutex::new(Awaited { output: None, waker: None }));
    let for_worker = Arc::clone(&shared);
    let task = move || {
        let output = work();
        let mut shared = for_worker.lock().unwrap_or_else(PoisonError::into_inner);
        shared.output = Some(output);
        let waker = shared.waker.take();
        drop(shared);
        if let Some(waker) = waker {
            waker.wake();
        }
    };
    crate::threads::spawn(name, task)?;
    let output = core::future::poll_fn(|context| {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.waker = Some(context.waker().clone());
        shared.output.take().map_or(Poll::Pending, Poll::Ready)
    });
    Ok(output.await)
}
