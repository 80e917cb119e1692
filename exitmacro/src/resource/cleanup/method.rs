//! What the methods that `#[cleanup(…)]` names may look like.

use crate::resource::cleanup::error::CleanupError;

/// What the method of `#[cleanup(with = …)]` may return.
#[diagnostic::on_unimplemented(
    message = "the method of `#[cleanup(with = …)]` cannot return `{Self}`",
    label = "expected nothing, or `Result<(), E>` where `E` is an error",
    note = "the future of an `async fn` is not awaited: \
            write a `fn`, and drive the future inside it, as with `block_on`"
)]
pub trait CleanupResult {
    #[doc(hidden)]
    fn into_cleaned(self) -> Result<(), CleanupError>;
}

impl CleanupResult for () {
    fn into_cleaned(self) -> Result<(), CleanupError> {
        Ok(())
    }
}

impl<E: Into<CleanupError>> CleanupResult for Result<(), E> {
    fn into_cleaned(self) -> Result<(), CleanupError> {
        self.map_err(Into::into)
    }
}

#[doc(hidden)]
pub fn cleaned<R: CleanupResult>(result: R) -> Result<(), CleanupError> {
    result.into_cleaned()
}

/// What the method of `#[cleanup(discard = …)]` may return.
#[diagnostic::on_unimplemented(
    message = "the method of `#[cleanup(discard = …)]` cannot return `{Self}`",
    label = "expected nothing",
    note = "in a forked child no error is reported and nothing is awaited: \
            the method prints its errors itself"
)]
pub trait DiscardResult {}

impl DiscardResult for () {}

#[doc(hidden)]
pub fn discarded<R: DiscardResult>(_result: R) {}

/// What a method of `#[cleanup(…)]` may take of a `T`.
#[diagnostic::on_unimplemented(
    message = "a method of `#[cleanup(…)]` cannot take `{Self}`",
    label = "expected a method that takes `&self`",
    note = "other code may still use the value while it is closed; \
            put what the method changes or takes out into a `Mutex`"
)]
pub trait SharedSelf<'a, T: ?Sized> {
    #[doc(hidden)]
    fn of(value: &'a T) -> Self;
}

impl<'a, T: ?Sized> SharedSelf<'a, T> for &'a T {
    fn of(value: &'a T) -> Self {
        value
    }
}

/// The argument of a method; its type is what the method takes.
#[doc(hidden)]
pub fn shared<'a, T: ?Sized, S: SharedSelf<'a, T>>(value: &'a T) -> S {
    S::of(value)
}
