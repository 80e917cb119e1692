//! How a value is closed.

#[cfg(feature = "async")]
use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::handler::edge::{DynElement, Key, NoElement};
use crate::handler::{Failure, Orderable, returned};
use crate::resource::cleanup::error::CleanupError;
use crate::resource::cleanup::options::CleanupOptions;
#[cfg(feature = "async")]
use crate::run;
#[cfg(feature = "async")]
use crate::times::BUSY_MARGIN;
use core::any::TypeId;
#[cfg(feature = "async")]
use core::pin::Pin;

/// A future that closes a value.
#[cfg(feature = "async")]
pub type Closing<'a> = Pin<Box<dyn Future<Output = Result<(), CleanupError>> + Send + 'a>>;

/// A value that can be closed: a connection pool, a server, a file with a footer.
///
/// Implemented by [`derive(AtExitCleanup)`](macro@crate::AtExitCleanup) or by hand. The holder of
/// the value decides when it is closed: [`track`](fn@crate::track) closes it at the end of its
/// scope or at exit, `#[at_exit]` on a static at exit.
///
/// To close a value by an `async fn`, derive the trait, with the feature `async` or `tokio`:
/// `#[cleanup(with = close)]`. A type of another crate goes into a field of a type with such a
/// method. `cleanup` of that type drives the future on the calling thread.
///
/// A closed value stays alive, because other code may still hold it. So both methods take `&self`,
/// and a closed value should return its own error from later calls.
///
/// The guide: [values](crate::guide::values).
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
/// # Owners of threads of other crates
///
/// Their pools and servers usually end by a method that waits. A type of your own that has one in a
/// field names a method of its own that calls it. Put the value into a static: then the exit closes
/// it, within the timeout. A [tracked](fn@crate::track) value in the scope of `main` would be
/// closed when `main` returns, without a time limit.
///
/// ```standalone_crate
/// use exitmacro::{AtExitCleanup, at_exit, priority};
/// use std::sync::{Mutex, OnceLock};
/// use std::sync::mpsc::{Sender, channel};
/// use std::thread::{self, JoinHandle};
///
/// #[derive(AtExitCleanup)]
/// #[cleanup(with = finish)]
/// struct Workers {
///     jobs: Mutex<Option<Sender<u32>>>,
///     thread: Mutex<Option<JoinHandle<()>>>,
/// }
///
/// impl Workers {
///     /// No more jobs; then waits for those that are queued.
///     fn finish(&self) -> Result<(), exitmacro::CleanupError> {
///         drop(self.jobs.lock().map_err(|_| "a panic")?.take());
///         self.thread.cleanup()
///     }
/// }
///
/// #[at_exit(priority = priority::WORK, timeout = "1s")]
/// static WORKERS: OnceLock<Workers> = OnceLock::new();
///
/// let (jobs, queue) = channel();
/// let thread = thread::spawn(move || queue.iter().for_each(|job| println!("{job}")));
/// WORKERS.get_or_init(|| Workers {
///     jobs: Mutex::new(Some(jobs)),
///     thread: Mutex::new(Some(thread)),
/// });
/// ```
///
/// # Standard types
///
/// | type | `cleanup` |
/// |---|---|
/// | `Vec`, `VecDeque`, `[T]`, arrays; the values of `HashMap`, `BTreeMap` | closes the contents; all are tried, also when one panics, and the errors are gathered |
/// | `Option`, `Box`, `Arc` | closes the contents |
/// | `Mutex`, `RwLock` | waits for the lock, also a poisoned one; then closes the contents |
/// | `OnceLock`, `LazyLock` | nothing when not initialised, otherwise closes the contents |
/// | `once_cell::sync::{OnceCell, Lazy}` | the same; with the feature `once_cell` |
/// | `Mutex` and `RwLock` of parking_lot | as those of std; with the feature `parking_lot` |
/// | `Mutex`, `RwLock` and `OnceCell` of `tokio::sync` | as those of std; with the feature `tokio`. Waits for a lock without the runtime, so also inside of one |
/// | `File` | `sync_all`: what was written is on the disk. A pipe, a terminal or a device, which has nothing to sync, is no failure |
/// | `Mutex<BufWriter<W>>` | flushes |
/// | `Child` | SIGTERM; after two seconds SIGKILL; waits for the end and reaps it. On Windows `TerminateProcess` at once, and the wait |
/// | `tokio::process::Child` | the same; with the feature `tokio-process`. tokio reaps it, or a `Mutex` that holds it |
/// | `Mutex<Option<rayon::JoinedPool>>` | waits until all queued jobs have run and the pool has ended; with the feature `rayon` |
/// | `Mutex<Option<JoinHandle<T>>>`, `Mutex<Vec<JoinHandle<T>>>` | waits for the thread to end, however long that takes: the timeout is that of the handler |
/// | `JoinHandle` | waits for the thread in the same way |
///
/// - A value that is closed by an `async fn` may be in an `Option`, `Box`, `Arc`, a collection or a
///   lazy static of this table, or a field of a derived type: the whole is closed by a future then.
///   Behind a lock, the thread that closes it drives the future, for at most 10 seconds.
/// - Locks: std does not show which thread holds a lock. A guard of the thread that ends the
///   process costs the whole timeout.
/// - `OnceLock`, `LazyLock`: if the thread that ends the process is filling one, a handler that
///   needs it waits for its whole timeout.
/// - `Child`: a child that has ended is only reaped, and one that other code has waited for is not
///   touched. A bare `Child` is found only by its number, which another child of the program may
///   have by then. In a `Mutex`, a child that was waited for there is never mistaken for another
///   process with its number; on Windows a bare one is not, either.
/// - What a `Child` started itself is not ended: for that there is `resource::child`, with the
///   feature `resources`, which also has other graces and signals.
/// - `Child` of tokio: a task that waits for it gets its status. Such a task has it borrowed: with
///   the child in a `Mutex`, the exit would wait for that task. Let the task wait for
///   `shutdown::notified` as well.
/// - A `JoinHandle` in a `Mutex`: a panic of the thread is a failure, with its name and the text of
///   the panic. A thread that ends the process, or waits for its end, is reported as busy at once.
///   Handles in an `Option`, a `Vec`, a `VecDeque` or a map directly in the `Mutex` are waited for
///   when its lock is free, and those that come meanwhile as well; so is a pool of rayon. So put
///   the `Mutex` on the field of a derived type, not around the type.
/// - A bare `JoinHandle`: a panic is not seen, because std reports it only to code that takes the
///   handle. Put the handle into a `Mutex<Option<_>>`, or many into a `Mutex<Vec<_>>`.
#[doc(alias("drop", "finalizer", "dispose", "teardown"))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not know how it is closed",
    label = "expected a type that implements `AtExitCleanup`",
    note = "derive it for your own type with `#[derive(exitmacro::AtExitCleanup)]`, \
            and put a type of another crate into a field of such a type",
    note = "use `exitmacro::AtExitCell` for a static whose value must be dropped at exit; \
            a static that holds only memory needs no cleanup"
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
    ///
    /// ```
    /// use exitmacro::{AtExitCleanup, CleanupError, Tracked, track};
    ///
    /// struct Upload;
    ///
    /// impl AtExitCleanup for Upload {
    ///     fn cleanup(&self) -> Result<(), CleanupError> {
    ///         Err("3 files were not sent".into())
    ///     }
    /// }
    ///
    /// let error = Tracked::close(track(Upload)).unwrap_err();
    /// assert_eq!(error.to_string(), "3 files were not sent");
    /// ```
    fn cleanup(&self) -> Result<(), CleanupError>;

    /// Whether [`closing`](Self::closing) returns a future.
    #[cfg(feature = "async")]
    #[doc(hidden)]
    fn is_async(&self) -> bool {
        false
    }

    /// The future that closes the value, if its type is closed by one. It takes the place of
    /// [`cleanup`](Self::cleanup), which drives it on the calling thread.
    #[cfg(feature = "async")]
    #[doc(hidden)]
    fn closing(&self) -> Option<Closing<'_>> {
        None
    }

    /// The future that closes the value as a part of another one, in either way.
    #[cfg(feature = "async")]
    #[doc(hidden)]
    fn closing_part(&self) -> Closing<'_> {
        Box::pin(async move {
            match self.closing() {
                Some(closing) => closing.await,
                None => self.cleanup(),
            }
        })
    }

    /// What the handler of a static does.
    #[doc(hidden)]
    fn cleanup_at_exit(&self, exit: &ExitContext) -> Result<(), Failure> {
        #[cfg(feature = "async")]
        if let Some(closing) = self.closing() {
            // A little before the handler would be abandoned, so that the future is dropped.
            let margin = (exit.remaining() / 10).min(BUSY_MARGIN);
            let left = exit.remaining().saturating_sub(margin);
            return run::driven_by(closing, Moment::now().plus(left));
        }
        returned(self.cleanup_in_time(exit))
    }

    /// The same for a value that may be changed, because it is in a `Mutex`.
    #[doc(hidden)]
    fn cleanup_mut(&mut self) -> Result<(), CleanupError> {
        self.cleanup()
    }

    /// Takes out what a `Mutex` that holds the value closes when its lock is free: threads that are
    /// waited for may need the lock.
    #[doc(hidden)]
    fn take_out<'a>(&mut self) -> Option<TakenOut<'a>>
    where
        Self: 'a,
    {
        None
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

    /// [`cleanup`](Self::cleanup) for a handler, which has only so much time.
    #[doc(hidden)]
    #[inline]
    fn cleanup_in_time(&self, _exit: &ExitContext) -> Result<(), CleanupError> {
        self.cleanup()
    }

    /// An exit waits for the end of a scope, which is closing the value: that must not take longer
    /// than the exit has.
    #[doc(hidden)]
    fn hasten(&self, _exit: &ExitContext) {}

    /// Releases the value in a forked child, instead of [`cleanup`](Self::cleanup). The connection,
    /// file or process behind it is the parent's, so it must not send, remove or wait for anything.
    /// Does nothing by default.
    ///
    /// ```
    /// use exitmacro::{AtExitCleanup, CleanupError};
    /// use std::io::{PipeWriter, Write, pipe, read_to_string};
    /// use std::sync::Mutex;
    ///
    /// struct Session(Mutex<Option<PipeWriter>>);
    ///
    /// impl AtExitCleanup for Session {
    ///     fn cleanup(&self) -> Result<(), CleanupError> {
    ///         let mut pipe = self.0.lock().map_err(|_| "a panic")?.take();
    ///         Ok(pipe.as_mut().map_or(Ok(()), |pipe| pipe.write_all(b"bye"))?)
    ///     }
    ///
    ///     fn discard(&self) {
    ///         // Closes the copy of the child. A thread of the parent may hold the lock for ever.
    ///         _ = self.0.try_lock().map(|mut pipe| pipe.take());
    ///     }
    /// }
    ///
    /// let (received, sent) = pipe()?;
    /// let session = Session(Mutex::new(Some(sent)));
    /// session.discard();
    /// assert_eq!(read_to_string(received)?, "", "nothing is sent");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn discard(&self) {}

    /// The options of the value as an exit handler, when it is [tracked](fn@crate::track).
    ///
    /// ```
    /// use exitmacro::{AtExitCleanup, CleanupError, CleanupOptions, priority, track};
    ///
    /// struct Cache;
    ///
    /// impl AtExitCleanup for Cache {
    /// #     fn cleanup(&self) -> Result<(), CleanupError> {
    /// #         Ok(())
    /// #     }
    /// #
    ///     fn options(&self) -> CleanupOptions {
    ///         CleanupOptions::new().priority(priority::FILES).name("the cache")
    ///     }
    /// }
    ///
    /// let _cache = track(Cache);
    /// let plan = exitmacro::plan();
    /// let planned = plan.handlers().iter().find(|handler| handler.name() == "the cache");
    /// assert_eq!(planned.map(|handler| handler.priority()), Some(priority::FILES));
    /// ```
    fn options(&self) -> CleanupOptions {
        CleanupOptions::new()
    }
}

/// Closes what was taken out of a `Mutex`.
pub(crate) type TakenOut<'a> = Box<dyn FnOnce() -> Result<(), CleanupError> + 'a>;

/// The name of a type stands for all its tracked values.
impl<T: AtExitCleanup + 'static> Orderable for T {
    const KEY: Key = Key::Type(TypeId::of::<T>);

    fn __element() -> DynElement {
        &NoElement
    }
}
