//! Work that is done on a thread of its own, because it may take longer than a thread should wait,
//! or because the one that waits must go on with something else.

use crate::{sys, threads};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// What came of the work, if it was done in time. Otherwise its thread is left behind.
///
/// Not by a channel: what std's leave to be dropped on the calling thread would keep a shared
/// object mapped as long as that thread lives.
pub(super) fn within<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let shared = Arc::new((Mutex::new(None), Condvar::new()));
    let its_own = Arc::clone(&shared);
    let errand = move || {
        let output = catch_unwind(AssertUnwindSafe(work)).ok();
        *its_own.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(output);
        its_own.1.notify_all();
    };
    let thread = threads::spawn("exitmacro-work", errand).ok()?;
    let (output, is_done) = &*shared;
    let output = output.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut output, _) = is_done
        .wait_timeout_while(output, patience, |output| output.is_none())
        .unwrap_or_else(PoisonError::into_inner);
    let output = output.take();
    if output.is_some() && !sys::is_in_main_program(in_this_object as *const ()) {
        // It goes on executing code of this object, which must not stay mapped for that.
        thread.join();
    }
    output.flatten()
}

/// Of which the address tells whether this object is the main program.
fn in_this_object() {}

/// What an awaited errand shares with the task that awaits it.
#[cfg(feature = "async")]
struct Awaited<T> {
    output: Option<T>,
    waker: Option<core::task::Waker>,
}

/// Awaits the work, while the thread that awaits it goes on with other tasks. The work is done even
/// if no task awaits it to its end.
#[cfg(feature = "async")]
pub(super) async fn awaited<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<T> {
    use core::task::Poll;

    let shared = Arc::new(Mutex::new(Awaited { output: None, waker: None }));
    let its_own = Arc::clone(&shared);
    let errand = move || {
        let output = work();
        let mut shared = its_own.lock().unwrap_or_else(PoisonError::into_inner);
        shared.output = Some(output);
        let waker = shared.waker.take();
        drop(shared);
        if let Some(waker) = waker {
            waker.wake();
        }
    };
    threads::spawn(name, errand)?;
    let output = core::future::poll_fn(|context| {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.waker = Some(context.waker().clone());
        shared.output.take().map_or(Poll::Pending, Poll::Ready)
    });
    Ok(output.await)
}
