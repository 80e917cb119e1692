//! Ending the process, and running the handlers, by a call.

use crate::environment;
use crate::fork::identity;
use crate::handler::clock::Moment;
use crate::process::conclude::{self, end_process};
use crate::process::{engine, entry, panic};
use crate::report::Report;
use crate::run::{self, Entry, ExitRequest, Trigger};
use crate::sys;
use crate::times::OTHER_END_TIMEOUT;

/// Runs all handlers now, and returns a report of their outcomes. The process continues.
///
/// Handlers run at most once: when the process ends later, they do not run again, and registrations
/// return an error. During a run, the call waits for the end of that run; after a run, it returns
/// that run's report.
///
/// A handler that is abandoned here and later ends the process has no effect: its thread is
/// stopped, and the process continues. If it called `std::process::exit`, std takes its thread for
/// the exiting one. On Linux, std then stops all other threads that call it, or return from a plain
/// `main`, for ever; a line on stderr says so at that moment. Since glibc 2.41 the same holds for C
/// `exit`. [`exit`], `#[exitmacro::main]` and signals still end the process.
///
/// Inside a handler, the call reports on the handlers that have ended so far. If a handler ends the
/// process with [`exit`], the process ends after the run, and this call does not return. If another
/// thread ends the process meanwhile, this call gives it a second to do so.
///
/// The guide: [tests](crate::guide::tests).
///
/// # Threads
///
/// The calling thread supervises; the handlers run on a runner thread, named `exitmacro`.
///
/// ```
/// exitmacro::register(|| Err::<(), _>("disk full"))?;
/// let report = exitmacro::run();
/// assert!(!report.is_success());
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[doc(alias("teardown", "cleanup"))]
pub fn run() -> Report {
    run_by(Trigger::Call)
}

/// The same, on a thread that a future waits for.
#[cfg(feature = "async")]
pub(super) fn run_awaited() -> Report {
    run_by(Trigger::AwaitedCall)
}

fn run_by(trigger: Trigger) -> Report {
    engine::start();
    let entry = entry::enter(trigger);
    if matches!(entry, Entry::Ran { exit_asked: true }) {
        end_process();
    }
    // Nothing is left that a panic could affect, except what an abandoned handler still does; that
    // keeps the object loaded. A forked child, where the loader may hold a lock for ever, leaves it
    // to the hook.
    if entry != Entry::Inside && !run::seen().has_timed_out && !environment::is_forked() {
        panic::stop_watching_in_object();
    }
    // Not after it: a thread-local of a runner that drops may ask for the report, and the thread
    // that ends the process waits for it.
    if matches!(entry, Entry::Ran { .. }) {
        await_end_by_another_thread();
    }
    run::report_so_far()
}

/// Waits for another thread that ends the process, if there is one, to end it.
///
/// libc lets the calling thread into its `exit` as well, where it would find nothing left to do
/// when the other thread has passed the hook, and might end the process first, with its own status.
/// Not for ever: the other thread may be in a function of libc's list that waits for this one.
fn await_end_by_another_thread() {
    let end = Moment::now().plus(OTHER_END_TIMEOUT);
    while run::seen().another_exits && Moment::now() < end {
        sys::wait_a_moment();
    }
}

/// Runs all handlers and ends the process with status `code`, like `std::process::exit` but with
/// the handlers *before* anything is torn down.
///
/// May be called from any thread. The first thread that ends the process, in whatever way, decides
/// the status: if another one was faster, the calling thread stops, and `code` has no effect. A
/// thread that called C `exit` or `std::process::exit`, or returned from a plain `main`, counts
/// only when it reaches the hook. While libc is in an `atexit` function that was registered later
/// than the hook, it does not count yet, and `code` is the status; [`arm`](crate::arm) lets the
/// hook come first.
///
/// During [`run`] by hand, or after it, `code` is the status. Inside a handler, the call ends that
/// handler by unwinding it, and the rest runs; `code` becomes the status of the process, and the
/// last call wins. With `panic = "abort"`, where nothing unwinds, the handler's thread stops
/// instead.
///
/// The guide: [exit status](crate::guide::exit_status).
///
/// # Platform
///
/// On Unix the parent of the process sees 8 bits of `code`, on Windows all 32.
///
/// # Threads
///
/// The calling thread waits while the handlers run on a runner thread, except those with `thread =
/// caller`, which run here.
///
/// ```no_run
/// exitmacro::exit(3);
/// ```
#[doc(alias("quit", "terminate"))]
pub fn exit(code: i32) -> ! {
    engine::start();
    match entry::enter(Trigger::Exit { code }) {
        // No thread is started for nothing: std flushes stdout, and lets one thread through.
        Entry::Nothing if !identity::was_forked() => std::process::exit(code),
        Entry::Nothing => conclude::flush_and_exit(code),
        Entry::WasFinished(_) => conclude::flush_and_exit(conclude::status(code)),
        Entry::Ran { .. } => end_process(),
        Entry::Inside => leave(code),
    }
}

/// Ends the handler that the calling thread is executing.
fn leave(code: i32) -> ! {
    run::ask_for_exit(code);
    if cfg!(panic = "unwind") && !std::thread::panicking() {
        ExitRequest::unwind(code);
    }
    run::leave_by_exit(Trigger::Exit { code });
    end_process()
}
