//! Work that is done on a thread of its own, because it may take longer than anybody should wait, or because whoever waits must go on with something else.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// What came of the work, if it was done in time. Otherwise its thread is left behind.
pub(super) fn within<T: Send + 'static>(patience: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, is_done) = mpsc::channel();
    let errand = move || {
        // Nobody may be waiting any more.
        _ = done.send(work());
    };
    thread::Builder::new().spawn(errand).ok()?;
    is_done.recv_timeout(patience).ok()
}

/// What an awaited errand shares with whoever awaits it.
#[cfg(feature = "async")]
struct Awaited<T> {
    output: Option<T>,
    waker: Option<core::task::Waker>,
}

/// Awaits the work, while the thread that awaits it goes on with other tasks. The work is done even if nobody awaits it to its end.
#[cfg(feature = "async")]
pub(super) async fn awaited<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> std::io::Result<T> {
    use core::task::Poll;
    use std::sync::{Arc, Mutex, PoisonError};

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
    thread::Builder::new().name(name.to_owned()).spawn(errand)?;
    let output = core::future::poll_fn(|context| {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.waker = Some(context.waker().clone());
        shared.output.take().map_or(Poll::Pending, Poll::Ready)
    });
    Ok(output.await)
}
