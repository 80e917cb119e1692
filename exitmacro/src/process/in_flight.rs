//! Work that a program announces, so that a grace ends as soon as none is left.

use crate::process::shutdown::lock;

/// Announces that work is under way, until the returned guard is dropped. After [`drained`], the
/// grace after a request or a signal ends when no guard is left.
///
/// A guard may be dropped on another thread. One that is dropped during the run does nothing. One
/// that is never dropped, as by `std::mem::forget`, keeps the grace from ending early, no more.
///
/// A forked child starts without announced work: guards that it inherits count nothing there, also
/// that of the thread that forked.
///
/// # Threads
///
/// Takes a lock for a moment, here and when the guard is dropped.
///
/// ```
/// use exitmacro::shutdown;
///
/// # fn answer() {}
/// # fn next_request() -> Option<()> { None }
/// shutdown::drained();
/// while let Some(request) = next_request() {
///     let in_flight = shutdown::in_flight();
///     std::thread::spawn(move || {
///         answer();
///         drop(in_flight);
///     });
/// }
/// ```
pub fn in_flight() -> InFlight {
    let mut request = lock();
    request.in_flight += 1;
    InFlight { generation: request.generation }
}

/// Ends a grace as soon as no work is in flight, whether `main` has returned by then or not. So a
/// `main` that returns does not cut work short, and one that does not return does not cost the
/// whole grace.
///
/// The return of a `main` without `#[exitmacro::main]` ends the grace, as an `exit` does.
///
/// Call it once, at the start or when the program accepts no more work, but not before it announces
/// by [`in_flight`] what it is working on. From then on the handlers start when the end was asked
/// for by a signal or by [`request_with`](super::shutdown::request_with), and no guard is left: at
/// once, if there is none. Work that starts later is not waited for. [`is_requested`] and
/// [`notified`] say that nothing new is to be started.
///
/// Returns at once. Without a grace, or after [`request`](super::shutdown::request) alone, it has
/// no effect. A forked child inherits the decision, but no guards.
///
/// [`is_requested`]: super::shutdown::is_requested
/// [`notified`]: super::shutdown::notified
///
/// ```standalone_crate
/// # #[cfg(feature = "signals")]
/// #[exitmacro::main(signals, grace = "10s")]
/// fn main() {
///     # exitmacro::shutdown::request();
///     // Requests hold a guard of `shutdown::in_flight()` until they are answered.
///     exitmacro::shutdown::drained();
///     // At SIGTERM `main` returns; the handlers start when all are answered, after at most 10
///     // seconds.
///     exitmacro::shutdown::wait();
/// }
/// # #[cfg(not(feature = "signals"))]
/// # fn main() {}
/// ```
pub fn drained() {
    let mut request = lock();
    request.ends_when_drained = true;
    request.end_grace_if_drained();
}

/// Work that is under way; returned by [`in_flight`]. A clone counts as well.
#[derive(Debug)]
#[must_use = "the work counts as done when this is dropped"]
pub struct InFlight {
    generation: u64,
}

impl Clone for InFlight {
    fn clone(&self) -> Self {
        in_flight()
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut request = lock();
        if request.generation == self.generation {
            request.in_flight -= 1;
            request.end_grace_if_drained();
        }
    }
}
