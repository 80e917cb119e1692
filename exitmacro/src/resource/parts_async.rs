//! Closes a value that consists of others, when one of them is closed by a future: each part is
//! tried, one after the other, even if others fail, and all failures are one error.

use crate::resource::cleanup::{AtExitCleanup, CleanupError, Closing};
use crate::resource::parts::{Exit, attempt, end};
use core::future::poll_fn;
use core::task::Poll;

/// Closes the fields of a derived implementation. The errors have the names of their fields.
#[doc(hidden)]
pub fn closing_fields<'a>(fields: Vec<(&'static str, Closing<'a>)>) -> Option<Closing<'a>> {
    Some(Box::pin(async move {
        let mut exit = None;
        let mut results = Vec::new();
        for (field, closing) in fields {
            let name = |error| format!("`{field}`: {error}").into();
            results.push(attempted(closing, name, &mut exit).await);
        }
        end(CleanupError::gather(results), exit)
    }))
}

/// Closes the elements of a collection, if one of them is closed by a future.
pub(super) fn closing_all<'a, T, V>(values: impl Fn() -> V) -> Option<Closing<'a>>
where
    T: AtExitCleanup + 'a,
    V: IntoIterator<Item = &'a T>,
{
    if !values().into_iter().any(AtExitCleanup::is_async) {
        return None;
    }
    let parts: Vec<_> = values().into_iter().map(AtExitCleanup::closing_part).collect();
    Some(Box::pin(async move {
        let mut exit = None;
        let mut results = Vec::new();
        for closing in parts {
            results.push(attempted(closing, |error| error, &mut exit).await);
        }
        end(CleanupError::gather(results), exit)
    }))
}

/// The result of one part, also when it panics.
async fn attempted(
    mut closing: Closing<'_>,
    name: impl Fn(CleanupError) -> CleanupError,
    exit: &mut Exit,
) -> Result<(), CleanupError> {
    poll_fn(|context| {
        let mut is_pending = false;
        let poll = || match closing.as_mut().poll(context) {
            Poll::Ready(result) => result,
            Poll::Pending => {
                is_pending = true;
                Ok(())
            }
        };
        let result = attempt(poll, &name, exit);
        if is_pending { Poll::Pending } else { Poll::Ready(result) }
    })
    .await
}
