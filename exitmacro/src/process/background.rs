//! Work on a thread of its own, for a thread that may wait for it only for a limited time, or that
//! has to do other work meanwhile.

use crate::{sys, threads};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Does the work, and returns its result if it is done in time. Otherwise its thread is left
/// behind.
///
/// Not by a channel of std: that leaves a thread-local to be dropped on the calling thread, which
/// would keep a shared object mapped as long as that thread lives.
pub(super) fn with_timeout<T: Send + 'static>(
    timeout: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let shared = Arc::new((Mutex::new(None), Condvar::new()));
    let for_worker = Arc::clone(&shared);
    let task = move || {
        let output = catch_unwind(AssertUnwindSafe(work)).ok();
        *for_worker.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(output);
        for_worker.1.notify_all();
    };
    let thread = threads::spawn("exitmacro-work", task).ok()?;
    let (output, is_done) = &*shared;
    let output = output.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut output, _) = is_done
        .wait_timeout_while(output, timeout, |output| output.is_none())
        .unwrap_or_else(PoisonError::into_inner);
    let output = output.take();
    if output.is_some() && !sys::is_in_main_program(in_this_object as *const ()) {
        // The thread still executes code of this object, which must not stay mapped for that.
        thread.join();
    }
    output.flatten()
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
    threads::spawn(name, task)?;
    let output = core::future::poll_fn(|context| {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.waker = Some(context.waker().clone());
        shared.output.take().map_or(Poll::Pending, Poll::Ready)
    });
    Ok(output.await)
}
