//! Executes `async fn` handlers, and drops their futures when their time has expired.

use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::handler::{Failure, HandlerResult, Returned};
#[cfg(not(feature = "tokio"))]
use crate::run::executor::until;

/// Drives a future on the calling thread. `None` when it is not ready at `end`.
pub(crate) fn driven_until<F: Future>(
    future: F,
    end: Moment,
) -> Result<Option<F::Output>, Failure> {
    #[cfg(feature = "tokio")]
    return crate::run::tokio_runtime::drive(future, end);
    #[cfg(not(feature = "tokio"))]
    Ok(until(core::pin::pin!(future), end))
}

/// Drives the future of a handler to its end, or drops it when the time of the handler has expired.
pub fn driven<F: Future<Output: HandlerResult>>(future: F, exit: &ExitContext) -> Returned {
    driven_by(future, exit.deadline)
}

/// Drives the future of a handler until `end`.
pub(crate) fn driven_by<F: Future<Output: HandlerResult>>(future: F, end: Moment) -> Returned {
    #[cfg(feature = "tokio")]
    let ended = crate::run::tokio_runtime::EndedRuntime;
    let result = driven_until(future, end)?;
    let returned = result.map_or(Err(Failure::TimedOut), HandlerResult::into_returned);
    #[cfg(feature = "tokio")]
    if returned.is_ok() {
        core::mem::forget(ended);
    }
    returned
}
