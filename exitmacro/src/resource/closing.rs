//! Closes values by futures.

use crate::handler::Failure;
use crate::handler::clock::Moment;
use crate::resource::cleanup::{CleanupError, CleanupOptions};
use crate::run;
use crate::text::duration::Size;
use crate::times::DEFAULT_TIMEOUT;
use core::time::Duration;

/// Drives the future on the calling thread, as that of an async handler, for the default timeout of
/// a handler.
pub(super) fn driven_now(
    future: impl Future<Output = Result<(), CleanupError>>,
) -> Result<(), CleanupError> {
    driven_for(DEFAULT_TIMEOUT, future)
}

/// Drives the future on the calling thread, and drops it when that takes longer.
pub(super) fn driven_for(
    timeout: Duration,
    future: impl Future<Output = Result<(), CleanupError>>,
) -> Result<(), CleanupError> {
    match run::driven_until(future, Moment::now().plus(timeout)) {
        Ok(Some(result)) => result,
        Ok(None) | Err(Failure::TimedOut) => {
            Err(format!("it was not closed within {}", Size(timeout)).into())
        }
        Err(Failure::Error(error)) => Err(error.into()),
    }
}

/// The options of a tracked value that is closed by a future. The runtime in which it is tracked is
/// that of its connections, and thus the program's, unless another one is known.
pub(super) fn of_async_value(options: CleanupOptions) -> CleanupOptions {
    #[cfg(feature = "tokio")]
    run::tokio_runtime::remember_current_if_none();
    options.asynchronous()
}
