//! Closes a value that consists of others: each part is tried, even if others fail, and all
//! failures are one error.

use crate::report::line::say;
use crate::resource::cleanup::{AtExitCleanup, CleanupError, TakenOut};
use crate::run::{ExitRequest, panic_text};
use core::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// How a field is closed.
type Close<'a> = dyn Fn() -> Result<(), CleanupError> + 'a;

/// The payload that unwinds a handler that calls `exit`.
pub(super) type Exit = Option<Box<dyn Any + Send>>;

/// Closes the fields of a derived implementation. The errors have the names of their fields.
#[doc(hidden)]
pub fn close_fields(fields: &[(&'static str, &Close<'_>)]) -> Result<(), CleanupError> {
    let mut exit = None;
    let results = fields.iter().map(|(field, close)| {
        attempt(close, |error| format!("`{field}`: {error}").into(), &mut exit)
    });
    let result = CleanupError::gather(results);
    end(result, exit)
}

/// What a handler waits for that closes a value behind a lock.
pub(super) fn lock_of<L: ?Sized>() -> String {
    format!("the lock of the `{}`, which another thread holds", core::any::type_name::<L>())
}

/// Closes the elements of a collection.
pub(super) fn close_all<'a, T: AtExitCleanup + 'a>(
    values: impl IntoIterator<Item = &'a T>,
) -> Result<(), CleanupError> {
    close_each(values, T::cleanup)
}

/// The same, for values that are closed in this way.
pub(super) fn close_each<V>(
    values: impl IntoIterator<Item = V>,
    close: impl Fn(V) -> Result<(), CleanupError>,
) -> Result<(), CleanupError> {
    let mut exit = None;
    let results =
        values.into_iter().map(|value| attempt(|| close(value), |error| error, &mut exit));
    let result = CleanupError::gather(results);
    end(result, exit)
}

/// What closes the values that were taken out of a collection, if there are any.
pub(super) fn taken_out<'a, V: 'a>(
    values: Vec<V>,
    close: impl Fn(V) -> Result<(), CleanupError> + 'a,
) -> Option<TakenOut<'a>> {
    (!values.is_empty()).then(|| Box::new(|| close_each(values, close)) as TakenOut<'a>)
}

pub(super) fn attempt(
    close: impl FnOnce() -> Result<(), CleanupError>,
    name: impl Fn(CleanupError) -> CleanupError,
    exit: &mut Exit,
) -> Result<(), CleanupError> {
    // The text of an error is code of the user as well.
    match catch_unwind(AssertUnwindSafe(|| close().map_err(&name))) {
        Ok(result) => result,
        Err(payload) if payload.is::<ExitRequest>() => {
            *exit = Some(payload);
            Ok(())
        }
        Err(payload) => {
            let text = format!("panicked: {}", panic_text(&*payload));
            // Not dropped: it could panic in turn.
            core::mem::forget(payload);
            Err(name(text.into()))
        }
    }
}

/// If a part called `exit`, the handler ends after all, and has no error to return.
pub(super) fn end(result: Result<(), CleanupError>, exit: Exit) -> Result<(), CleanupError> {
    let Some(exit) = exit else { return result };
    if let Err(error) = result {
        say(format_args!(
            "a value of several parts was not closed, while one of them called `exit`: {error}"
        ));
    }
    resume_unwind(exit)
}

#[cfg(all(test, feature = "resources"))]
mod tests {
    use super::*;
    use crate::run::is_panicking;
    use core::cell::Cell;

    struct Sees<'a>(&'a Cell<Option<bool>>);

    impl Drop for Sees<'_> {
        fn drop(&mut self) {
            self.0.set(Some(is_panicking()));
        }
    }

    #[test]
    fn two_parts_that_call_exit_are_no_panic() {
        let seen = Cell::new(None);
        let close = || {
            let _sees = Sees(&seen);
            close_each([1, 2], |code| ExitRequest::unwind(code))
        };
        assert!(catch_unwind(AssertUnwindSafe(close)).is_err());
        assert_eq!(seen.get(), Some(false));
    }
}
