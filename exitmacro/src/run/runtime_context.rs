//! Calls a handler in the context of the program's tokio runtime, so that `Handle::current()` works
//! in it. A program that names no runtime has no code for that: it is reached by a pointer.

use crate::handler::Returned;
use crate::sys::SetOnce;

/// Makes one call in the context of the runtime, or without a context if there is no such runtime.
type Around = fn(call: &mut dyn FnMut());

static AROUND: SetOnce<Around> = SetOnce::new();

/// Has handlers called by `around` from now on.
pub(super) fn set(around: Around) {
    AROUND.set(around);
}

/// Calls a handler.
#[inline]
pub(super) fn within(call: impl FnOnce() -> Returned) -> Returned {
    match AROUND.get() {
        None => call(),
        Some(around) => called_by(*around, call),
    }
}

#[cold]
fn called_by(around: Around, call: impl FnOnce() -> Returned) -> Returned {
    let (mut call, mut returned) = (Some(call), None);
    around(&mut || returned = call.take().map(|call| call()));
    returned.unwrap_or(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::Failure;

    #[test]
    fn a_handler_is_called_once_and_what_it_returns_is_returned() {
        assert_eq!(within(|| Err(Failure::TimedOut)), Err(Failure::TimedOut));
        let around = |call: &mut dyn FnMut()| {
            call();
            call();
        };
        let mut calls = 0;
        let counted = || {
            calls += 1;
            Ok(())
        };
        // The second call finds nothing to call, and returns nothing.
        assert_eq!((called_by(around, counted), calls), (Ok(()), 1));
    }
}
