//! What the methods that `#[cleanup(…)]` names may look like.

use crate::resource::cleanup::error::CleanupError;
#[cfg(feature = "async")]
use crate::resource::cleanup::value::Closing;
#[cfg(feature = "async")]
use crate::resource::closing;
use core::marker::PhantomData;

/// What the method of `#[cleanup(with = …)]` may return.
///
/// `Kind` is inferred: whether the method has closed the value, or returns a future that does.
///
/// ```
/// use exitmacro::AtExitCleanup;
/// use std::io;
///
/// #[derive(AtExitCleanup)]
/// #[cleanup(with = close)]
/// struct Session;
///
/// impl Session {
///     fn close(&self) -> io::Result<()> {
///         Err(io::Error::other("no reply"))
///     }
/// }
///
/// assert_eq!(Session.cleanup().unwrap_err().to_string(), "no reply");
/// ```
#[diagnostic::on_unimplemented(
    message = "the method of `#[cleanup(with = …)]` cannot return `{Self}`",
    label = "expected nothing, or `Result<(), E>` where `E` is an error"
)]
#[cfg_attr(
    not(feature = "async"),
    diagnostic::on_unimplemented(
        note = "the future of an `async fn` is awaited with the feature `async` or `tokio` of \
                exitmacro; without them, write a `fn`, and drive the future inside it"
    )
)]
#[cfg_attr(
    feature = "async",
    diagnostic::on_unimplemented(
        note = "an `async fn` returns the same, and its future is `Send`: any thread may drive it"
    )
)]
pub trait CleanupResult<Kind> {
    /// Closes the value on the calling thread.
    #[doc(hidden)]
    fn into_cleaned(self) -> Result<(), CleanupError>;

    /// Whether it is a future.
    #[cfg(feature = "async")]
    #[doc(hidden)]
    const IS_ASYNC: bool = false;

    /// The future of `call`. A method that returns no future is not called.
    #[cfg(feature = "async")]
    #[doc(hidden)]
    fn closing<'a>(_call: impl FnOnce() -> Self) -> Option<Closing<'a>>
    where
        Self: Sized + 'a,
    {
        None
    }
}

/// The kind of a method that has closed the value when it returns.
#[doc(hidden)]
pub struct Immediate;

impl CleanupResult<Immediate> for () {
    fn into_cleaned(self) -> Result<(), CleanupError> {
        Ok(())
    }
}

impl<E: Into<CleanupError>> CleanupResult<Immediate> for Result<(), E> {
    fn into_cleaned(self) -> Result<(), CleanupError> {
        self.map_err(Into::into)
    }
}

/// The kind of a method that returns a future, as an `async fn` does.
#[cfg(feature = "async")]
#[doc(hidden)]
pub struct Awaited;

#[cfg(feature = "async")]
impl<F: Future<Output: CleanupResult<Immediate>> + Send> CleanupResult<Awaited> for F {
    const IS_ASYNC: bool = true;

    fn into_cleaned(self) -> Result<(), CleanupError> {
        closing::driven_now(async { self.await.into_cleaned() })
    }

    fn closing<'a>(call: impl FnOnce() -> Self) -> Option<Closing<'a>>
    where
        Self: 'a,
    {
        let future = call();
        Some(Box::pin(async { future.await.into_cleaned() }))
    }
}

/// What is asked of the method of `#[cleanup(with = …)]`.
#[doc(hidden)]
pub enum Ask {
    /// To close the value.
    Cleanup,
    /// Whether it returns a future.
    #[cfg(feature = "async")]
    IsAsync,
    /// The future that it returns.
    #[cfg(feature = "async")]
    Closing,
}

/// The answer to [`Ask`]. All answers have one type, so that generated code that asks several times
/// has the same bound each time, and rustc reports once that it does not hold.
#[doc(hidden)]
pub struct Answer<'a> {
    result: Result<(), CleanupError>,
    #[cfg(feature = "async")]
    is_async: bool,
    #[cfg(feature = "async")]
    closing: Option<Closing<'a>>,
    lifetime: PhantomData<&'a ()>,
}

impl<'a> Answer<'a> {
    const NOTHING: Self = Self {
        result: Ok(()),
        #[cfg(feature = "async")]
        is_async: false,
        #[cfg(feature = "async")]
        closing: None,
        lifetime: PhantomData,
    };

    pub fn cleaned(self) -> Result<(), CleanupError> {
        self.result
    }

    #[cfg(feature = "async")]
    pub fn is_async(&self) -> bool {
        self.is_async
    }

    #[cfg(feature = "async")]
    pub fn closing(self) -> Option<Closing<'a>> {
        self.closing
    }
}

/// Asks the method of `#[cleanup(with = …)]`, which `call` calls.
#[doc(hidden)]
pub fn method<'a, F, R, Kind>(ask: Ask, call: F) -> Answer<'a>
where
    F: FnOnce() -> R,
    R: CleanupResult<Kind> + 'a,
{
    match ask {
        Ask::Cleanup => Answer { result: call().into_cleaned(), ..Answer::NOTHING },
        #[cfg(feature = "async")]
        Ask::IsAsync => Answer { is_async: R::IS_ASYNC, ..Answer::NOTHING },
        #[cfg(feature = "async")]
        Ask::Closing => Answer { closing: R::closing(call), ..Answer::NOTHING },
    }
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

/// A method that `#[cleanup(…)]` names, by what it takes and returns.
#[diagnostic::on_unimplemented(
    message = "not a method for `#[cleanup(…)]`",
    label = "expected a safe method that takes `&self` and nothing else"
)]
pub trait Method<S, R> {
    #[doc(hidden)]
    fn call(self, value: S) -> R;
}

#[diagnostic::do_not_recommend]
impl<S, R, F: FnOnce(S) -> R> Method<S, R> for F {
    fn call(self, value: S) -> R {
        self(value)
    }
}

/// What the method returns for the value. Not a call in generated code: rustc would recommend to
/// remove the argument where the method has none.
#[doc(hidden)]
pub fn call<'a, T: ?Sized, S: SharedSelf<'a, T>, R>(method: impl Method<S, R>, value: &'a T) -> R {
    method.call(S::of(value))
}
