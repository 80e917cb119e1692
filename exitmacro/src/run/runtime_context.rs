//! Calls a handler in the context of the program's tokio runtime, so that `Handle::current()` works
//! in it. A program that names no runtime contains only the question: the rest is reached by a
//! pointer.

use crate::handler::Returned;
#[cfg(feature = "tokio")]
use crate::sys::SetOnce;

/// Makes one call in the context of the runtime, or without a context if there is no such runtime.
pub(super) type Around = fn(call: &mut dyn FnMut());

#[cfg(feature = "tokio")]
static AROUND: SetOnce<Around> = SetOnce::new();

/// Has handlers called by `around` from now on.
#[cfg(feature = "tokio")]
pub(super) fn set(around: Around) {
    AROUND.set(around);
}

/// What calls the handlers, if the program has named a runtime.
#[cfg(feature = "tokio")]
#[inline]
pub(super) fn around() -> Option<Around> {
    AROUND.get().copied()
}

#[cfg(not(feature = "tokio"))]
#[inline]
pub(super) const fn around() -> Option<Around> {
    None
}

/// Calls a handler by `around`.
pub(super) fn within(around: Around, call: impl FnOnce() -> Returned) -> Returned {
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
        let once = |call: &mut dyn FnMut()| call();
        assert_eq!(within(once, || Err(Failure::TimedOut)), Err(Failure::TimedOut));
        let twice = |call: &mut dyn FnMut()| {
            call();
            call();
        };
        let mut calls = 0;
        let counted = || {
            calls += 1;
            Ok(())
        };
        // The second call finds nothing to call, and returns nothing.
        assert_eq!((within(twice, counted), calls), (Ok(()), 1));
    }
}
