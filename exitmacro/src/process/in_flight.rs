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

/// Makes the handlers wait for announced work after a signal or a
/// [`request_with`](super::shutdown::request_with): they start when no guard of [`in_flight`] is
/// left, or when the grace has expired. It makes no difference whether `main` has ended by then.
///
/// So a `main` that ends does not cut the work short, and a `main` that does not end does not cost
/// the whole grace. That holds for each end of `main` under `#[exitmacro::main]`: a return, an
/// error, a panic. An `async fn main` also keeps its runtime running until the handlers have run,
/// with the feature `async` or `tokio`.
///
/// Call it once, at the start of `main`. Then announce each piece of work before it begins. The
/// first moment after the request at which no guard is left counts. Work that is announced before
/// that moment is waited for, also work that is announced after the request. Work that is announced
/// later is not. A call that is made after the request looks for guards at once, and the handlers
/// start if there is none.
///
/// Returns at once. It has no effect:
///
/// - without a grace;
/// - at an end that was not requested, as a return, an error or a panic of `main`: a
///   [handler](crate::guide::signals#work-in-flight) has to wait for the work then;
/// - at an `exit`, and when a `main` without `#[exitmacro::main]` ends, also after a request;
/// - after [`request`](super::shutdown::request) alone.
///
/// A forked child inherits the decision, but no guards.
///
/// ```standalone_crate
/// # #[cfg(feature = "signals")]
/// #[exitmacro::main(signals, grace = "10s")]
/// fn main() {
///     # exitmacro::shutdown::request();
///     exitmacro::shutdown::drained();
///     // Start threads that hold a guard of `shutdown::in_flight()` while they answer a request.
///     exitmacro::shutdown::wait();
///     // At SIGTERM `main` returns; the handlers start when all requests are answered, after at
///     // most 10 seconds.
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
///
/// ```
/// use exitmacro::shutdown::{self, InFlight};
///
/// /// While a job exists, the handlers wait for it.
/// struct Job {
///     number: u32,
///     _in_flight: InFlight,
/// }
///
/// shutdown::drained();
/// let job = Job { number: 1, _in_flight: shutdown::in_flight() };
/// let worker = std::thread::spawn(move || println!("job {} is done", job.number));
/// # assert!(worker.join().is_ok());
/// ```
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
