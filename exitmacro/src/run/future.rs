//! Executes `async fn` handlers, and drops their futures when their time has expired.

use crate::handler::context::ExitContext;
use crate::handler::{Failure, HandlerResult, Returned};
#[cfg(not(feature = "tokio"))]
use crate::run::executor::until;

/// Drives the future of a handler to its end, or drops it when the time of the handler has expired.
pub fn driven<F: Future<Output: HandlerResult>>(future: F, exit: &ExitContext) -> Returned {
    #[cfg(feature = "tokio")]
    let ended = crate::run::tokio_runtime::EndedRuntime;
    #[cfg(feature = "tokio")]
    let result = crate::run::tokio_runtime::drive(future, exit.deadline)?;
    #[cfg(not(feature = "tokio"))]
    let result = until(core::pin::pin!(future), exit.deadline);
    let returned = result.map_or(Err(Failure::TimedOut), HandlerResult::into_returned);
    #[cfg(feature = "tokio")]
    if returned.is_ok() {
        core::mem::forget(ended);
    }
    returned
}
