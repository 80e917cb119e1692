//! How a value is closed.

use crate::handler::Orderable;
use crate::handler::edge::{Edges, Key};
use crate::handler::ordered_by::OrderedBy;
use crate::plan::scheduling::ORDERED;
use core::any::TypeId;
use core::fmt;
use core::time::Duration;
use std::error::Error;

/// A value that can be closed: a connection pool, a server, a file with a footer.
///
/// Implemented by [`derive(AtExitCleanup)`](macro@crate::AtExitCleanup) or by hand. The holder of
/// the value decides when it is closed: [`track`](fn@crate::track) closes it at the end of its
/// scope or at exit, `#[at_exit]` on a static at exit.
///
/// A closed value stays alive, because other code may still hold it. So both methods take `&self`,
/// and a closed value should return its own error from later calls.
///
/// ```
/// use exitmacro::{AtExitCleanup, CleanupError};
/// use std::net::{Shutdown, TcpStream};
///
/// struct Session(TcpStream);
///
/// impl AtExitCleanup for Session {
///     fn cleanup(&self) -> Result<(), CleanupError> {
///         Ok(self.0.shutdown(Shutdown::Both)?)
///     }
/// }
/// ```
///
/// # Standard types
///
/// | type | `cleanup` |
/// |---|---|
/// | `Vec`, `VecDeque`, `[T]`, arrays; the values of `HashMap`, `BTreeMap` | closes the contents; all are tried, also when one panics, and the errors are gathered |
/// | `Option`, `Box`, `Arc` | closes the contents |
/// | `Mutex`, `RwLock` | waits for the lock, also a poisoned one; then closes the contents. std does not show which thread holds the lock: a guard of the thread that ends the process costs the whole timeout |
/// | `OnceLock`, `LazyLock` | nothing when not initialised, otherwise closes the contents. If the thread that ends the process is filling it, a handler that needs it waits for its whole timeout |
/// | `once_cell::sync::{OnceCell, Lazy}` | the same; with the feature `once_cell` |
/// | `File` | `sync_all`: what was written is on the disk. A pipe, a terminal or a device, which has nothing to sync, is no failure |
/// | `Mutex<BufWriter<W>>` | flushes |
/// | `Child` | SIGTERM; after two seconds SIGKILL; waits for the end and reaps it. A child that has ended is only reaped, and one that other code has waited for is not touched. A bare `Child` is found only by its number, which another child of the program may have by then. In a `Mutex`, a child that was waited for there is never mistaken for another process with its number. (On Windows there is no implementation.) |
/// | `Mutex<Option<JoinHandle<T>>>`, `Mutex<Vec<JoinHandle<T>>>` | waits for the thread to end, however long that takes: the timeout is that of the handler. A panic of the thread is a failure, with its name and the text of the panic. A thread that ends the process, or waits for its end, is reported as busy at once |
/// | `JoinHandle` | waits for the thread in the same way. A panic is not seen: std reports it only to code that takes the handle. Put the handle into a `Mutex<Option<_>>`, or many into a `Mutex<Vec<_>>` |
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not know how it is closed",
    label = "expected a type that implements `AtExitCleanup`",
    note = "derive it for your own type with `#[derive(exitmacro::AtExitCleanup)]`, and put a type of another crate into a field of such a type",
    note = "use `exitmacro::AtExitCell` for a static whose value must be dropped at exit; a static that holds only memory needs no cleanup"
)]
pub trait AtExitCleanup: Send + Sync {
    /// Closes the value. Called once, in the process that made the value.
    ///
    /// # Threads
    ///
    /// At exit it runs on a runner thread, otherwise on the thread that drops or closes the value.
    ///
    /// # Errors
    ///
    /// The reason why it could not be closed. It is reported on stderr, or returned by
    /// [`Tracked::close`](crate::Tracked::close).
    fn cleanup(&self) -> Result<(), CleanupError>;

    /// The same for a value that may be changed, because it is in a `Mutex`.
    #[doc(hidden)]
    fn cleanup_mut(&mut self) -> Result<(), CleanupError> {
        self.cleanup()
    }

    /// Whether [`cleanup_taken`](Self::cleanup_taken) reports more than [`cleanup`](Self::cleanup),
    /// so that a `Mutex` that holds the value takes it out.
    #[doc(hidden)]
    fn is_taken() -> bool
    where
        Self: Sized,
    {
        false
    }

    /// The same for a value that was taken out.
    #[doc(hidden)]
    fn cleanup_taken(mut self) -> Result<(), CleanupError>
    where
        Self: Sized,
    {
        self.cleanup_mut()
    }

    /// Releases the value in a forked child, instead of [`cleanup`](Self::cleanup). The connection,
    /// file or process behind it is the parent's, so it must not send, remove or wait for anything.
    /// Does nothing by default.
    fn discard(&self) {}

    /// The options of the value as an exit handler, when it is [tracked](fn@crate::track).
    fn options(&self) -> CleanupOptions {
        CleanupOptions::new()
    }
}

/// The name of a type stands for all its tracked values.
impl<T: AtExitCleanup + 'static> Orderable for T {
    const KEY: Key = Key::Type(TypeId::of::<T>);
}

/// Why a value could not be closed: any error, or a text.
///
/// ```
/// use exitmacro::CleanupError;
///
/// fn close() -> Result<(), CleanupError> {
///     std::fs::remove_file("/no/such/file")?;
///     Err("never reached".into())
/// }
/// assert!(close().unwrap_err().to_string().contains("No such file"));
/// ```
pub struct CleanupError(Box<dyn Error + Send + Sync>);

impl CleanupError {
    /// The error itself.
    ///
    /// ```
    /// let error = exitmacro::CleanupError::from("disk full");
    /// assert_eq!(error.get_ref().to_string(), "disk full");
    /// ```
    #[must_use]
    pub fn get_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }

    /// The error itself.
    ///
    /// ```
    /// let error = exitmacro::CleanupError::from("disk full");
    /// assert_eq!(error.into_inner().to_string(), "disk full");
    /// ```
    #[must_use]
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }

    /// Gathers the results of several parts: all errors in one, or none.
    ///
    /// ```
    /// use exitmacro::CleanupError;
    ///
    /// let parts = [Ok(()), Err("disk full".into()), Err("no reply".into())];
    /// assert_eq!(CleanupError::gather(parts).unwrap_err().to_string(), "disk full; no reply");
    /// ```
    ///
    /// # Errors
    ///
    /// When one of the parts returned an error.
    pub fn gather(parts: impl IntoIterator<Item = Result<(), Self>>) -> Result<(), Self> {
        let errors: Vec<_> = parts.into_iter().filter_map(Result::err).collect();
        match errors.len() {
            0 => Ok(()),
            1 => errors.into_iter().try_for_each(Err),
            _ => Err(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ").into()),
        }
    }
}

// Not an `Error` itself: then it could not be created from every error.
impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for CleanupError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for CleanupError {
    /// With the causes, one after the other.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for CleanupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The options of a type as an exit handler: `#[cleanup(priority = …, timeout = …, name = …)]`.
///
/// ```
/// use exitmacro::{CleanupOptions, priority};
/// use std::time::Duration;
///
/// let options = CleanupOptions::new().priority(priority::RESOURCES).timeout(Duration::from_secs(5)).name("pool");
/// # _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct CleanupOptions {
    pub(crate) priority: i32,
    pub(crate) timeout: Option<Duration>,
    pub(crate) name: Option<&'static str>,
    pub(crate) concurrent: bool,
    pub(crate) edges: Edges<'static>,
    pub(crate) ordered_by: Option<OrderedBy>,
}

impl CleanupOptions {
    /// Priority 0, the timeout of all handlers, the type as the name.
    #[inline]
    pub const fn new() -> Self {
        Self {
            priority: crate::handler::priority::DEFAULT,
            timeout: None,
            name: None,
            concurrent: false,
            edges: Edges::NONE,
            ordered_by: None,
        }
    }

    /// Sets the priority. Higher is closed first; values of one priority are closed newest first.
    #[inline]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets how long closing at exit may take.
    ///
    /// # Panics
    ///
    /// When `timeout` is zero; in a constant this is a compile error.
    #[track_caller]
    #[inline]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        assert!(!timeout.is_zero(), "the timeout of a cleanup must be longer than zero");
        self.timeout = Some(timeout);
        self
    }

    /// Sets the name of the value in plans and reports.
    #[inline]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }
}

impl CleanupOptions {
    /// Closes values at the same time as other concurrent values of the same priority, each on its
    /// own thread, unless an edge orders them.
    #[inline]
    pub const fn concurrent(mut self) -> Self {
        self.concurrent = true;
        self.ordered_by = ORDERED;
        self
    }

    /// `after(…)`
    #[doc(hidden)]
    #[inline]
    pub const fn after(mut self, others: &'static [Key]) -> Self {
        self.edges.after = others;
        self.ordered_by = ORDERED;
        self
    }

    /// `before(…)`
    #[doc(hidden)]
    #[inline]
    pub const fn before(mut self, others: &'static [Key]) -> Self {
        self.edges.before = others;
        self.ordered_by = ORDERED;
        self
    }
}

impl Default for CleanupOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// What the method of `#[cleanup(with = …)]` may return.
#[diagnostic::on_unimplemented(
    message = "the method of `#[cleanup(with = …)]` cannot return `{Self}`",
    label = "expected nothing, or `Result<(), E>` where `E` is an error",
    note = "the future of an `async fn` is not awaited: write a `fn`, and drive the future inside it, as with `block_on`"
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
    note = "in a forked child no error is reported and nothing is awaited: the method prints its errors itself"
)]
pub trait DiscardResult {}

impl DiscardResult for () {}

#[doc(hidden)]
pub fn discarded<R: DiscardResult>(_result: R) {}

/// What a method of `#[cleanup(…)]` may take of a `T`.
#[diagnostic::on_unimplemented(
    message = "a method of `#[cleanup(…)]` cannot take `{Self}`",
    label = "expected a method that takes `&self`",
    note = "other code may still use the value while it is closed; put what the method changes or takes out into a `Mutex`"
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn refused() -> CleanupError {
        io::Error::from(io::ErrorKind::ConnectionRefused).into()
    }

    #[test]
    fn each_edge_and_concurrency_ask_for_a_schedule() {
        let new = CleanupOptions::new;
        for options in [new().after(&[]), new().before(&[]), new().concurrent()] {
            assert!(options.ordered_by.is_some() && options != new());
        }
        assert!(new().priority(1).name("one").ordered_by.is_none());
    }

    #[test]
    fn an_error_is_displayed_with_its_causes() {
        #[derive(Debug)]
        struct Caused(&'static str, Option<Box<Self>>);

        impl fmt::Display for Caused {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }

        impl Error for Caused {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                self.1.as_deref().map(|cause| cause as _)
            }
        }

        let refused = Caused("connection refused", None);
        let error = Caused("no flush", Some(Box::new(Caused("no reply", Some(Box::new(refused))))));
        assert_eq!(CleanupError::from(error).to_string(), "no flush: no reply: connection refused");
    }

    #[test]
    fn an_error_shows_what_it_was_made_from() {
        assert_eq!(
            format!("{:?}", refused()),
            format!("{:?}", io::Error::from(io::ErrorKind::ConnectionRefused))
        );
    }

    #[test]
    fn one_error_of_many_parts_stays_what_it_is() {
        let gathered = CleanupError::gather([Ok(()), Err(refused()), Ok(())]).unwrap_err();
        assert_eq!(
            gathered.into_inner().downcast::<io::Error>().unwrap().kind(),
            io::ErrorKind::ConnectionRefused
        );
    }
}
