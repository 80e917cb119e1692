//! The four signatures of a handler, converted to one.

use crate::handler::context::ExitContext;
use core::any::TypeId;
use core::fmt::{self, Display, Write};
use core::marker::PhantomData;

/// What every handler returns, after conversion.
#[doc(hidden)]
pub type Returned = Result<(), Failure>;

/// Why a handler that returned has failed.
#[doc(hidden)]
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The text of its error.
    Error(String),
    /// Its timeout expired, and it was stopped.
    TimedOut,
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Error(text)
    }
}

pub(crate) mod sealed {
    pub trait Result {}
    pub trait Function<Signature> {}
}

/// What a handler may return: nothing, or a `Result<(), E>` whose error can be displayed.
///
/// Implemented for `()` and `Result<(), E>`, and for nothing else. An error is formatted with
/// `{:#}`, which prints the whole chain of an `anyhow::Error`.
///
/// ```
/// use exitmacro::{HandlerReport, Outcome};
///
/// fn save() -> Result<(), std::fmt::Error> {
///     Err(std::fmt::Error)
/// }
///
/// exitmacro::Handler::new("save").register(save)?;
/// let report = exitmacro::run();
/// let saved = report.handlers().iter().find(|handler| handler.name() == "save");
/// let error = Outcome::Failed(std::fmt::Error.to_string());
/// assert_eq!(saved.map(HandlerReport::outcome), Some(&error));
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "an exit handler cannot return `{Self}`",
    label = "expected nothing, or `Result<(), E>` where `E` implements `Display`",
    note = "nothing reads the value that a handler returns at process exit; \
            an `Err` is reported on stderr",
    note = "a future that is returned is not awaited: put `#[at_exit]` on an `async fn`, \
            or drive the future inside the handler, as with `block_on`"
)]
pub trait HandlerResult: sealed::Result {
    /// Whether it is nothing.
    #[doc(hidden)]
    const IS_NOTHING: bool = false;

    #[doc(hidden)]
    fn into_returned(self) -> Result<(), Failure>;
}

impl sealed::Result for () {}

impl HandlerResult for () {
    const IS_NOTHING: bool = true;

    fn into_returned(self) -> Returned {
        Ok(())
    }
}

impl<E: Display> sealed::Result for Result<(), E> {}

impl<E: Display> HandlerResult for Result<(), E> {
    fn into_returned(self) -> Returned {
        self.map_err(|error| {
            let mut text = Text(String::new());
            // An error means that memory ran out: the text written so far is the message.
            _ = write!(text, "{error:#}");
            Failure::Error(text.0)
        })
    }
}

/// A text that ends when memory runs out. `format!` would abort the process, and the remaining
/// handlers with it.
struct Text(String);

impl Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0.try_reserve(part.len()).map_err(|_| fmt::Error)?;
        self.0.push_str(part);
        Ok(())
    }
}

#[doc(hidden)]
pub fn returned<R: HandlerResult>(result: R) -> Returned {
    result.into_returned()
}

/// What can be registered: a `FnOnce` that takes nothing or an [`&ExitContext`](ExitContext), and
/// returns nothing or a `Result<(), E>`. With the feature `async` also an `AsyncFnOnce` of these,
/// as an `async` closure is, or the path of an `async fn`.
///
/// `Signature` is inferred. A closure that takes the context must name the type of its argument:
/// `|exit: &ExitContext| …`.
///
/// The future of an async handler is driven like that of an `async fn` with
/// [`#[at_exit]`](macro@crate::at_exit), and dropped when the timeout expires. It need not be
/// `Send`: the thread that calls the handler makes it and polls it.
///
/// ```
/// use exitmacro::{ExitContext, Handler, HandlerFn, RegisterError};
/// use std::time::Duration;
///
/// /// A function of a library that takes a handler from the program.
/// fn on_close<S: 'static>(close: impl HandlerFn<S>) -> Result<(), RegisterError> {
///     Handler::new("close the pool").timeout(Duration::from_secs(2)).register(close)?;
///     Ok(())
/// }
///
/// on_close(|| println!("closed"))?;
/// on_close(|exit: &ExitContext| println!("closed because of: {}", exit.reason()))?;
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an exit handler",
    label = "expected `FnOnce()` or `FnOnce(&ExitContext)` that is `Send + 'static` and returns \
             nothing or `Result<(), E>`",
    note = "a closure that takes the context names its type: `|exit: &exitmacro::ExitContext| …`",
    note = "an `async` closure needs the feature `async` or `tokio` of exitmacro; its future \
            returns nothing or `Result<(), E>`",
    note = "a handler must return: to end the process, call `exitmacro::exit` with a `;` behind \
            it, and leave out `-> !`"
)]
pub trait HandlerFn<Signature>: sealed::Function<Signature> + Send + 'static {
    /// Whether it is async, and keeps its own time.
    #[doc(hidden)]
    const IS_ASYNC: bool = false;

    /// Whether it takes nothing and returns nothing.
    #[doc(hidden)]
    const IS_BARE: bool = false;

    #[doc(hidden)]
    fn call(self, exit: &ExitContext) -> Result<(), Failure>;
}

impl<F, R> sealed::Function<fn() -> R> for F where F: FnOnce() -> R {}

impl<F, R> HandlerFn<fn() -> R> for F
where
    F: FnOnce() -> R + Send + 'static,
    R: HandlerResult,
{
    const IS_BARE: bool = R::IS_NOTHING;

    fn call(self, _exit: &ExitContext) -> Returned {
        self().into_returned()
    }
}

impl<F, R> sealed::Function<fn(&ExitContext) -> R> for F where F: FnOnce(&ExitContext) -> R {}

impl<F, R> HandlerFn<fn(&ExitContext) -> R> for F
where
    F: FnOnce(&ExitContext) -> R + Send + 'static,
    R: HandlerResult,
{
    fn call(self, exit: &ExitContext) -> Returned {
        self(exit).into_returned()
    }
}

/// What the table can hold: a registered handler.
pub(crate) trait Callback: Send + 'static {
    fn call(self, exit: &ExitContext) -> Returned;

    /// The path of the function or closure, or the type of the value that is closed.
    fn type_name() -> &'static str;

    /// The type of the value that is closed, by which edges may name it.
    fn value_type() -> Option<TypeId> {
        None
    }
}

impl<C: Callback> Callback for Box<C> {
    fn call(self, exit: &ExitContext) -> Returned {
        (*self).call(exit)
    }

    fn type_name() -> &'static str {
        C::type_name()
    }

    fn value_type() -> Option<TypeId> {
        C::value_type()
    }
}

/// A function or closure as a [`Callback`].
pub(crate) struct Erased<F, Signature> {
    function: F,
    signature: PhantomData<fn(Signature)>,
}

impl<F, Signature> Erased<F, Signature> {
    pub(crate) fn new(function: F) -> Self {
        Self { function, signature: PhantomData }
    }
}

impl<F: HandlerFn<Signature>, Signature: 'static> Callback for Erased<F, Signature> {
    fn call(self, exit: &ExitContext) -> Returned {
        self.function.call(exit)
    }

    fn type_name() -> &'static str {
        core::any::type_name::<F>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_ok_are_the_same() {
        assert_eq!(returned(()), Ok(()));
        assert_eq!(returned(Ok::<(), std::io::Error>(())), Ok(()));
    }

    #[test]
    fn an_error_keeps_its_text() {
        assert_eq!(returned(Err::<(), _>("disk full")), Err("disk full".to_owned().into()));
    }

    #[test]
    fn an_error_is_asked_for_its_long_form() {
        struct Chain;
        impl Display for Chain {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(if f.alternate() { "outer: inner" } else { "outer" })
            }
        }
        assert_eq!(returned(Err::<(), _>(Chain)), Err("outer: inner".to_owned().into()));
    }
}
