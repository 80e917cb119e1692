//! Requests that a program ends: a flag that each thread sees, and ways to wait for it.
//!
//! A signal raises it, if the program handles [signals](crate::signals), and so does [`request`]. A
//! working thread checks [`is_requested`] between two pieces of work. Other code waits: [`wait`] on
//! a thread, [`notified`] in a task of any async runtime. With a `grace` the exit handlers start
//! when `main` has returned or the grace has expired, so work in flight can be finished. A program
//! that announces its work by [`in_flight`] calls [`drained`]: then they start when none is left,
//! whatever `main` does, or when the grace has expired.
//!
//! [`request`] ends the program only if `main` returns. [`request_with(status)`](request_with) and
//! [`request_with_error(error, status)`](request_with_error) end the program as a signal does, also
//! if `main` does not return. Both return whether they count: the first request or signal does.
//!
//! A forked child starts anew: no shutdown is requested there.
//!
//! The guide: [signals](crate::guide::signals).

#![doc(alias("graceful", "graceful shutdown", "shutdown hook", "cancellation"))]

use crate::fork::watch::Inherited;
use crate::inherited::request::{MADE, Request};
use crate::inherited::tasks::{Tasks, wake};
use crate::process::engine;
use crate::run::{Asked, main_error};
use crate::sys;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::{MutexGuard, PoisonError};

pub use crate::process::in_flight::{InFlight, drained, in_flight};
pub use crate::process::request_with::{request_with, request_with_error};

pub(super) fn lock() -> MutexGuard<'static, Request> {
    engine::start();
    Request::lock().into_guard()
}

/// Requests that the program ends, and wakes all that wait for the request. A second request has no
/// effect.
///
/// It does not end the program: the handlers run when `main` ends. It starts no grace, and
/// [`drained`] has no effect after it, so the handlers do not wait for announced work. To end the
/// program as a signal does, call [`request_with(0)`](request_with).
///
/// ```
/// use exitmacro::shutdown;
///
/// shutdown::request();
/// assert!(shutdown::is_requested());
/// shutdown::wait(); // Returns at once.
/// ```
pub fn request() {
    wake(raise(None, None).tasks);
}

/// What [`raise`] returns.
pub(super) struct Raised {
    /// The caller must wake them.
    pub(super) tasks: Tasks,
    /// Whether this is the first request with a status.
    pub(super) counts: bool,
}

/// Raises the flag and wakes the waiting threads. With `asked`, the process is to end as that says,
/// and `error` is to be printed then, unless a request with a status was made before.
pub(super) fn raise(asked: Option<Asked>, error: Option<&'static [u8]>) -> Raised {
    let mut request = lock();
    request.is_made = true;
    let counts = request.asked.is_none()
        && asked.is_some_and(|asked| asked.is_by_signal() || !request.is_closed());
    if counts {
        request.asked = asked;
        if let Some(error) = error {
            main_error::keep_request_error(error);
        }
        request.end_grace_if_drained();
    }
    MADE.notify_all();
    Raised { tasks: core::mem::take(&mut request.tasks), counts }
}

/// Whether a signal, a request, or the panic of a [watched](crate::watch) thread or task has
/// requested that the program ends.
///
/// ```
/// let mut work = (1..=3).into_iter();
/// while !exitmacro::shutdown::is_requested() {
///     if work.next().is_none() {
///         break;
///     }
/// }
/// ```
#[must_use]
pub fn is_requested() -> bool {
    lock().is_made
}

/// Blocks the calling thread until the end of the program is requested.
///
/// Without a [grace](macro@crate::main#grace) the handlers start at the same moment, and the
/// process may end before the calling thread has done anything else.
///
/// # Panics
///
/// On WASI, where no other thread could request the end, unless it was requested before.
///
/// ```no_run
/// exitmacro::shutdown::wait();
/// println!("no more work is taken");
/// ```
pub fn wait() {
    drop(
        MADE.wait_while(lock(), |request| !request.is_made).unwrap_or_else(PoisonError::into_inner),
    );
}

/// Blocks the calling thread until the end of the program is requested, at most for `timeout`.
/// Returns whether it was requested.
///
/// # Platform
///
/// On WASI no other thread could request it, so the call sleeps for the whole `timeout`.
///
/// ```
/// use std::time::Duration;
///
/// let asked = exitmacro::shutdown::wait_timeout(Duration::from_millis(1));
/// assert!(!asked);
/// ```
pub fn wait_timeout(timeout: Duration) -> bool {
    if !sys::HAS_THREADS {
        // Nothing requests the end meanwhile, and std's condition variables panic there.
        if !is_requested() {
            std::thread::sleep(timeout);
        }
        return is_requested();
    }
    let (request, _) = MADE
        .wait_timeout_while(lock(), timeout, |request| !request.is_made)
        .unwrap_or_else(PoisonError::into_inner);
    request.is_made
}

/// Returns a future that is ready once the end of the program is requested. Works in every async
/// runtime. As for [`wait`], use a grace if the program has something to do then.
///
/// ```no_run
/// # async fn next_connection() {}
/// # async fn serve() {
/// let mut stop = std::pin::pin!(exitmacro::shutdown::notified());
/// // With axum: axum::serve(listener, app).with_graceful_shutdown(exitmacro::shutdown::notified())
/// stop.as_mut().await;
/// # }
/// ```
pub fn notified() -> Notified {
    Notified { task: None }
}

/// Returned by [`notified`].
///
/// ```
/// use exitmacro::shutdown::{self, Notified};
/// use std::pin::{Pin, pin};
/// use std::task::{Context, Waker};
///
/// let mut stop: Pin<&mut Notified> = pin!(shutdown::notified());
/// let mut context = Context::from_waker(Waker::noop());
/// assert!(stop.as_mut().poll(&mut context).is_pending());
/// shutdown::request();
/// assert!(stop.poll(&mut context).is_ready());
/// ```
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Notified {
    task: Option<u64>,
}

impl Future for Notified {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Code of the runtime: not under the lock.
        let waker = context.waker().clone();
        let mut request = lock();
        if request.is_made {
            return Poll::Ready(());
        }
        let task = *self.task.get_or_insert_with(|| request.task_numbers.next());
        let replaced = request.tasks.insert(task, waker);
        // The old waker drops after the lock is released.
        drop(request);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Notified {
    fn drop(&mut self) {
        let Some(task) = self.task else { return };
        let mut request = lock();
        let waker = request.tasks.remove(&task);
        drop(request);
        drop(waker);
    }
}
