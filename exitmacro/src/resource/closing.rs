//! Closes values by futures.

use crate::handler::Failure;
use crate::handler::clock::Moment;
use crate::resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use crate::run;
use crate::text::duration::Size;
use crate::times::DEFAULT_TIMEOUT;
use core::time::Duration;
#[cfg(feature = "tokio")]
use std::panic::resume_unwind;
#[cfg(feature = "tokio")]
use std::sync::{Mutex, PoisonError};
#[cfg(feature = "tokio")]
use std::thread;

/// Drives the future on the calling thread, as that of an async handler, for the default timeout of
/// a handler.
pub(super) fn driven_now(
    future: impl Future<Output = Result<(), CleanupError>> + Send,
) -> Result<(), CleanupError> {
    driven_for(DEFAULT_TIMEOUT, future, || ())
}

/// Closes the value on the calling thread. The future of a type that is closed by one has the
/// timeout of that type. `begin` is called on the thread that drives it.
pub(super) fn closed_in_time<T: AtExitCleanup>(
    value: &T,
    begin: impl FnOnce() + Send,
) -> Result<(), CleanupError> {
    match value.closing() {
        Some(closing) => driven_for(value.options().timeout_or(DEFAULT_TIMEOUT), closing, begin),
        None => value.cleanup(),
    }
}

/// Drives the future on the calling thread, and drops it when that takes longer.
fn driven_for(
    timeout: Duration,
    future: impl Future<Output = Result<(), CleanupError>> + Send,
    begin: impl FnOnce() + Send,
) -> Result<(), CleanupError> {
    let end = Moment::now().plus(timeout);
    let drive = || {
        begin();
        run::driven_until(future, end)
    };
    match beside_the_runtime(drive) {
        Some(Ok(Some(result))) => result,
        Some(Err(Failure::Error(error))) => Err(error.into()),
        Some(Ok(None) | Err(Failure::TimedOut)) | None => {
            Err(format!("it was not closed within {}", Size(timeout)).into())
        }
    }
}

/// Calls `drive` on another thread if the calling one is in a tokio runtime, which may be waiting
/// for this thread: what the future hands to that runtime's scheduler, as by `yield_now`, would not
/// come back.
#[cfg(feature = "tokio")]
fn beside_the_runtime<R: Send>(drive: impl FnOnce() -> R + Send) -> Option<R> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Some(drive());
    }
    let drive = Mutex::new(Some(drive));
    let take = || drive.lock().unwrap_or_else(PoisonError::into_inner).take();
    let driven = thread::scope(|scope| {
        let on_thread = || take().map(|drive| drive());
        let thread = thread::Builder::new().spawn_scoped(scope, on_thread).ok()?;
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    });
    // Without a thread, it is driven here.
    driven.or_else(|| take().map(|drive| drive()))
}

#[cfg(not(feature = "tokio"))]
fn beside_the_runtime<R>(drive: impl FnOnce() -> R) -> Option<R> {
    Some(drive())
}

/// The options of a tracked value that is closed by a future. The runtime in which it is tracked is
/// that of its connections, and thus the program's, unless another one is known.
pub(super) fn of_async_value(options: CleanupOptions) -> CleanupOptions {
    #[cfg(feature = "tokio")]
    run::tokio_runtime::remember_current_if_none();
    options.asynchronous()
}
