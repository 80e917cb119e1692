//! What a value does when it is closed.

use crate::handler::Orderable;
use crate::handler::edge::Key;
use crate::resource::cleanup::error::CleanupError;
use crate::resource::cleanup::options::CleanupOptions;
use core::any::TypeId;

/// A value that knows how it is closed: a connection pool, a server, a file with a footer.
///
/// Implemented by [`derive(AtExitCleanup)`](macro@crate::AtExitCleanup) or by hand. The holder of
/// such a value decides when: [`track`](fn@crate::track) closes it at the end of its scope or at
/// exit, `#[at_exit]` on a static at exit.
///
/// Closing is a request to the value, which stays alive: others may still hold it. So both methods
/// take `&self`, and a value that is closed should answer to later calls with an error of its own.
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
/// | `Vec`, `VecDeque`, `[T]`, arrays; the values of `HashMap`, `BTreeMap` | that of what is inside; all are tried, also when one panics, and the errors are gathered |
/// | `Option`, `Box`, `Arc` | that of what is inside |
/// | `Mutex`, `RwLock` | waits for the lock, also a poisoned one; then that of what is inside. Nothing tells who holds it: a guard of the thread that ends the process costs the whole timeout |
/// | `OnceLock`, `LazyLock` | nothing when not initialised, otherwise that of what is inside. A handler that needs one which the thread that ends the process is filling waits for its whole timeout |
/// | `once_cell::sync::{OnceCell, Lazy}` | the same; with the feature `once_cell` |
/// | `File` | `sync_all`: what was written is on the disk. A pipe, a terminal or a device, which has nothing to sync, is no failure |
/// | `Mutex<BufWriter<W>>` | flushes |
/// | `Child` | SIGTERM; after two seconds SIGKILL; waits for the end and reaps it. One that has ended is only reaped, and one that something else has waited for is left alone. By itself it is found by its number only, which another child of the program may have by then. In a `Mutex`, a child that was waited for there is never mistaken for another process with its number. (On Windows there is no implementation.) |
/// | `Mutex<Option<JoinHandle<T>>>`, `Mutex<Vec<JoinHandle<T>>>` | waits for the thread to end, however long that takes: the timeout is that of the handler. When it panicked, that is a failure, with the name of the thread and the text of the panic. A thread that ends the process, or waits for that, is reported as busy at once |
/// | `JoinHandle` | waits for the thread in the same way. Whether it panicked can't be seen from outside: std tells only what takes the handle. Put the handle into a `Mutex<Option<_>>`, or many into a `Mutex<Vec<_>>` |
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not know how it is closed",
    label = "expected a type that implements `AtExitCleanup`",
    note = "a type of your own derives it, with `#[derive(exitmacro::AtExitCleanup)]`; a type of another crate goes into one that does",
    note = "a static whose value is to be dropped at exit is an `exitmacro::AtExitCell`; one that holds nothing but memory needs no cleanup"
)]
pub trait AtExitCleanup: Send + Sync {
    /// Closes the value. Called once, in the process that made the value, on the runner thread at
    /// exit or on the thread that drops or closes it.
    ///
    /// # Errors
    ///
    /// Whatever kept it from being closed. It is reported on stderr, or returned by
    /// [`Tracked::close`](crate::Tracked::close).
    fn cleanup(&self) -> Result<(), CleanupError>;

    /// The same for a value that may be changed, because it is in a `Mutex`.
    #[doc(hidden)]
    fn cleanup_mut(&mut self) -> Result<(), CleanupError> {
        self.cleanup()
    }

    /// Whether [`cleanup_taken`](Self::cleanup_taken) knows more than [`cleanup`](Self::cleanup),
    /// so that what holds the value in a `Mutex` takes it out.
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

    /// Lets go of the value in a forked child, in place of [`cleanup`](Self::cleanup): the
    /// connection, file or process behind it is the parent's, so nothing may be sent, removed or
    /// waited for. Does nothing by default.
    fn discard(&self) {}

    /// The place of the value among the exit handlers, when it is [tracked](fn@crate::track).
    fn options(&self) -> CleanupOptions {
        CleanupOptions::new()
    }
}

/// The name of a type stands for all its values that are tracked.
impl<T: AtExitCleanup + 'static> Orderable for T {
    const KEY: Key = Key::Type(TypeId::of::<T>);
}
