//! Requests that the program ends, with a status or an error: they end it also if `main` does not
//! return.

use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::inherited::tasks::wake;
use crate::process::{asked, engine, main_text, shutdown};
use crate::report::line::say;
use crate::run::{self, Asked};
use crate::sys;
use crate::threads;
use core::fmt::{self, Debug};

/// Requests that the program ends with `status`, as a signal does: wakes all that wait for the
/// request, and ends the process when `main` has returned or the
/// [grace](macro@crate::main#grace) has expired. Without a grace the handlers start at once.
///
/// Returns whether this request counts. The first one with a status does, and a signal is one too:
/// after it, this function changes neither the status nor when the process ends, and returns
/// `false`. It also returns `false` while the process is ending: from the return of a `main` with
/// `#[exitmacro::main]` on, otherwise from the moment at which libc calls the hook. After
/// [`request`](shutdown::request), which has no status, it counts. A signal that arrives later
/// changes nothing, and the next one ends the process at once.
///
/// The handlers find [`ExitReason::Exit`] and `status`, which they may change. The first failure
/// decides:
///
/// - A `main` that returns success, or fails after a request with a status other than 0, ends with
///   `status`. With status 0, a `main` that fails keeps its own.
/// - A panic in `main`, [`exit`](fn@crate::exit) and `std::process::exit` keep their status.
/// - Without `#[exitmacro::main]`, only a status of 0 is replaced: a `main` that fails cannot be
///   distinguished from `std::process::exit`.
///
/// A forked child starts without a request, with the grace of its parent.
///
/// # Threads
///
/// May be called from any thread and from tasks, also inside a handler. Returns at once: a thread
/// of its own, which is started now, waits for the grace and ends the process. If it cannot be
/// started, a line on stderr says so, and the calling thread does both. Tasks that wait for the
/// request are woken on the calling thread.
///
/// # Platform
///
/// On Unix the parent of the process sees 8 bits of `status`. A grace needs signal handling, by
/// `#[exitmacro::main(signals, grace = "10s")]` or
/// [`Signals::grace`](crate::signals::Signals::grace).
///
/// ```no_run
/// use exitmacro::shutdown;
///
/// # fn receive() -> Option<u8> { None }
/// std::thread::spawn(|| {
///     while receive().is_some() {}
///     // Without its input the program cannot do anything useful.
///     shutdown::request_with(3);
/// });
/// shutdown::wait();
/// ```
pub fn request_with(status: i32) -> bool {
    ask(status, None, None)
}

/// As [`request_with`], and has `error` printed to stderr after the handlers, as std prints an
/// error that `main` returns: `Error: {error:?}`.
///
/// It is printed once, however the process ends: also by another thread, or when `main` returns an
/// error, which is printed as well. Only the error of the request that counts is printed, and a
/// second signal, which ends the process at once, prints in its place that it was not.
///
/// # Threads
///
/// The error is formatted at once, on the calling thread. If formatting it fails or panics, a line
/// on stderr says that it is lost, and the request is made all the same.
///
/// ```no_run
/// use exitmacro::shutdown;
///
/// # fn receive() -> std::io::Result<u8> { Ok(1) }
/// std::thread::spawn(|| {
///     loop {
///         if let Err(error) = receive() {
///             // The handlers run, then stderr has `Error: Os { code: 32, … }`.
///             shutdown::request_with_error(error, 3);
///             break;
///         }
///     }
/// });
/// shutdown::wait();
/// ```
pub fn request_with_error(error: impl Debug, status: i32) -> bool {
    let text = main_text::of(&error);
    if text.is_none() {
        say(format_args!("the error of a request to end is lost: it could not be formatted"));
    }
    ask(status, text, None)
}

/// Requests the end with this status and error. Prints `line` before, unless it is known by then
/// that the request does not count.
pub(super) fn ask(
    status: i32,
    error: Option<&'static [u8]>,
    line: Option<fmt::Arguments<'_>>,
) -> bool {
    engine::start();
    if run::is_ending() {
        shutdown::request();
        return false;
    }
    asked::prepare();
    // The waiting threads may end the process before it could be printed afterwards.
    if let Some(line) = line.filter(|_| asked::may_be_asked()) {
        say(line);
    }
    let asked = Asked { reason: ExitReason::Exit, since: Moment::now(), status };
    let raised = shutdown::raise(Some(asked), error);
    if !raised.counts {
        wake(raised.tasks);
        return false;
    }
    threads::keep_code_loaded();
    // Before the tasks are woken, which is code of their runtimes.
    let ending = threads::spawn("exitmacro-end", move || asked::end(asked));
    wake(raised.tasks);
    if let Err(error) = ending {
        if sys::HAS_THREADS {
            say(format_args!(
                "no thread could be started ({error}): the thread that requests the end waits for \
                 it"
            ));
        }
        asked::end(asked);
    }
    true
}
