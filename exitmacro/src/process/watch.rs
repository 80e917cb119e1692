//! Threads whose panic ends the program.

use crate::fork::own_thread::OwnThread;
use crate::process::main_fn::PANICKED;
use crate::process::request_with;
use crate::report::line::say;
use crate::run::ExitRequest;
use core::fmt::{self, Display};
use core::panic::Location;
use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Builder, JoinHandle, Thread};

/// Ends the program when the thread or task of `handle` panics: as
/// [`shutdown::request_with(101)`](crate::shutdown::request_with) does, the status of a `main` that
/// panics. One line on stderr names the thread, and where it is watched.
///
/// A thread or task that returns, and a task that is cancelled, changes nothing. A panic after a
/// signal or another request with a status, or while the process is ending, changes nothing either,
/// and prints no line. With `panic = "abort"` a panic ends the process before.
///
/// - A [`JoinHandle`] of std becomes a [`WatchedThread`], which can be joined. **This costs a
///   thread that waits for the watched one**, because std shows how a thread ended only to the
///   thread that joins it. Where the program starts the thread itself, [`watched`] needs no second
///   one.
/// - With the feature `tokio`, a `tokio::task::JoinHandle` becomes a `WatchedTask`, which can be
///   awaited. This costs an allocation, but no task and no thread.
/// - A task of a `JoinSet` has no such handle: look at what `join_next` returns, and call
///   `shutdown::request_with(101)` where it is an error whose `is_panic()` is true.
///
/// What is returned may be dropped: the thread or task continues, and is watched further. If no
/// thread can be started for a thread that is to be watched, a line on stderr says that it is not.
///
/// The handlers find the reason [`Exit`](crate::ExitReason::Exit) with the status 101, not `Panic`.
/// With a [`terminal`](crate::resource) in the alternate screen, the message of the panic vanishes,
/// unless it was made by `terminal_with(TerminalOptions::new().on_panic(OnPanic::InAnyThread))`.
///
/// The guide: [signals](crate::guide::signals).
///
/// # Threads
///
/// A panic of a thread is noticed on the thread that waits for it, when the thread-locals of the
/// panicked one are dropped. A panic of a task is noticed on the thread that ran it.
///
/// ```no_run
/// # fn serve() {}
/// let server = exitmacro::watch(std::thread::spawn(serve));
/// // If `serve` panics, the handlers run, and the program ends with status 101.
/// exitmacro::shutdown::wait();
/// # drop(server);
/// ```
#[doc(alias("panic"))]
#[track_caller]
pub fn watch<H: Watch>(handle: H) -> H::Watched {
    handle.watched_at(Location::caller())
}

/// Handles of threads and tasks, for [`watch`]. Implemented for those of std and, with the feature
/// `tokio`, of tokio.
///
/// ```
/// use exitmacro::{Watch, watch};
///
/// /// Watches all threads or tasks of a pool.
/// fn watch_all<H: Watch>(handles: Vec<H>) -> Vec<H::Watched> {
///     handles.into_iter().map(|handle| watch(handle)).collect()
/// }
///
/// let workers = watch_all(vec![std::thread::spawn(|| 1), std::thread::spawn(|| 2)]);
/// let sum: i32 = workers.into_iter().flat_map(|worker| worker.join()).sum();
/// assert_eq!(sum, 3);
/// ```
pub trait Watch: sealed::Sealed {
    /// What is joined or awaited in place of the handle.
    type Watched;

    #[doc(hidden)]
    fn watched_at(self, place: &'static Location<'static>) -> Self::Watched;
}

pub(super) mod sealed {
    pub trait Sealed {}
}

/// Wraps the function of a thread, so that its panic ends the program as with [`watch`], without a
/// thread that waits for it. The panic continues afterwards, and the join of the thread returns it.
///
/// For threads of all kinds: of std and its `Builder`, of scopes and of thread pools.
///
/// The handlers find the reason [`Exit`](crate::ExitReason::Exit) with the status 101, not `Panic`.
/// With a [`terminal`](crate::resource) in the alternate screen, the message of the panic vanishes,
/// unless it was made by `terminal_with(TerminalOptions::new().on_panic(OnPanic::InAnyThread))`.
///
/// The guide: [signals](crate::guide::signals).
///
/// # Threads
///
/// A panic is noticed on the thread itself, before its thread-locals are dropped.
///
/// ```no_run
/// # fn serve() -> u32 { 7 }
/// let server = std::thread::spawn(exitmacro::watched(serve));
/// // If `serve` panics, the handlers run, and the program ends with status 101.
/// assert_eq!(server.join().ok(), Some(7));
/// ```
#[doc(alias("panic"))]
#[track_caller]
pub fn watched<T, F: FnOnce() -> T>(work: F) -> impl FnOnce() -> T + use<T, F> {
    let place = Location::caller();
    move || {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
            note_panic_of_thread(&*payload, &thread::current(), place);
            resume_unwind(payload)
        })
    }
}

fn note_panic_of_thread(payload: &(dyn Any + Send), thread: &Thread, place: &Location<'static>) {
    // `exit` in a handler unwinds as well.
    if !payload.is::<ExitRequest>() {
        note_panic(&Named(thread.name()), place);
    }
}

/// Ends the program because the thread or task panicked.
pub(super) fn note_panic(what: &dyn Display, place: &Location<'_>) {
    let (file, line) = (place.file(), place.line());
    request_with::ask(
        PANICKED,
        None,
        Some(format_args!(
            "{what} (watched at {file}:{line}) panicked: \
             the program is asked to end with status {PANICKED}"
        )),
    );
}

/// A thread by its name, if it has one.
struct Named<'a>(Option<&'a str>);

impl Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "thread `{name}`"),
            None => f.write_str("a thread"),
        }
    }
}

/// A watched thread; returned by [`watch`]. If it is dropped, the thread continues, and is watched
/// further.
///
/// ```
/// use exitmacro::{WatchedThread, watch};
///
/// let worker: WatchedThread<u32> = watch(std::thread::spawn(|| 6 * 7));
/// assert_eq!(worker.join().ok(), Some(42));
/// ```
#[derive(Debug)]
pub struct WatchedThread<T> {
    thread: Thread,
    waiting: Waiting<T>,
}

#[derive(Debug)]
enum Waiting<T> {
    /// A thread joins the watched one, and returns its result.
    OnThread(OwnThread<thread::Result<T>>),
    /// No such thread could be started.
    Nowhere(OwnThread<T>),
}

impl<T> WatchedThread<T> {
    /// Waits until the thread has ended, and returns what it returned, or its panic.
    ///
    /// # Errors
    ///
    /// The payload of the panic, as [`JoinHandle::join`] returns it.
    ///
    /// ```
    /// let worker = exitmacro::watch(std::thread::spawn(|| "done"));
    /// assert_eq!(worker.join().ok(), Some("done"));
    /// ```
    pub fn join(self) -> thread::Result<T> {
        match self.waiting {
            Waiting::OnThread(waiting) => waiting.into_handle().join().unwrap_or_else(Err),
            Waiting::Nowhere(handle) => handle.into_handle().join(),
        }
    }

    /// Whether the thread has ended, so that [`join`](Self::join) returns at once.
    ///
    /// ```
    /// let worker = exitmacro::watch(std::thread::spawn(std::thread::park));
    /// assert!(!worker.is_finished());
    /// worker.thread().unpark();
    /// # assert!(worker.join().is_ok());
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.waiting {
            Waiting::OnThread(waiting) => waiting.is_finished(),
            Waiting::Nowhere(handle) => handle.is_finished(),
        }
    }

    /// The watched thread.
    ///
    /// ```
    /// let worker = exitmacro::watch(std::thread::spawn(std::thread::park));
    /// worker.thread().unpark();
    /// assert!(worker.join().is_ok());
    /// ```
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

impl<T> sealed::Sealed for JoinHandle<T> {}

impl<T: Send + 'static> Watch for JoinHandle<T> {
    type Watched = WatchedThread<T>;

    fn watched_at(self, place: &'static Location<'static>) -> WatchedThread<T> {
        let thread = self.thread().clone();
        let waiting = match join_on_a_thread(self, thread.clone(), place) {
            Ok(waiting) => Waiting::OnThread(OwnThread::new(waiting)),
            Err((error, handle)) => {
                say(format_args!(
                    "{} is not watched: no thread could be started ({error})",
                    Named(thread.name())
                ));
                Waiting::Nowhere(OwnThread::new(handle))
            }
        };
        WatchedThread { thread, waiting }
    }
}

/// A thread that joins the watched one, or the handle if no thread can be started.
type Joining<T> = Result<JoinHandle<thread::Result<T>>, (io::Error, JoinHandle<T>)>;

fn join_on_a_thread<T: Send + 'static>(
    handle: JoinHandle<T>,
    thread: Thread,
    place: &'static Location<'static>,
) -> Joining<T> {
    let given = Arc::new(Mutex::new(Some(handle)));
    let taken = Arc::clone(&given);
    let take = |handle: &Mutex<Option<_>>| {
        let taken = handle.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.expect("the handle is taken once, by the thread or because there is none")
    };
    let join = move || {
        let ended = take(&taken).join();
        if let Err(payload) = &ended {
            note_panic_of_thread(&**payload, &thread, place);
        }
        ended
    };
    Builder::new().name("exitmacro-join".into()).spawn(join).map_err(|error| (error, take(&given)))
}
