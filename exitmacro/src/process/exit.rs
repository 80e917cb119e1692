//! The ends that the program asks for by name.

use crate::environment;
use crate::fork::ownership;
use crate::process::conclude::{self, end_process};
use crate::process::{engine, entry, panic};
use crate::report::Report;
use crate::run::{self, Entry, ExitRequest, Trigger};

/// Runs all handlers now, and reports what became of them. The process goes on.
///
/// Handlers run once: when the process ends later, they do not run again, and nothing can be
/// registered any more. Called while a run is going on, it waits for the end of that run; called
/// after one, it returns that run's report. The calling thread supervises, the handlers run on the
/// runner thread.
///
/// A handler that was abandoned and ends the process later does not count: its thread is stopped,
/// and the process goes on. When it called `std::process::exit`, std takes that thread for the one
/// that exits, and on Linux it stops all others that call it, or return from a plain `main`, for
/// ever; a line on stderr says so at that moment. [`exit`], `#[exitmacro::main]` and signals still
/// end the process.
///
/// Called from inside a handler, it reports on the handlers that have ended so far. If a handler
/// asked for the end of the process with [`exit`], the process ends after the run, and this does
/// not return.
///
/// ```
/// exitmacro::register(|| Err::<(), _>("disk full"))?;
/// let report = exitmacro::run();
/// assert!(!report.is_success());
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
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
    // There is nothing left that a panic could take along, but for what an abandoned handler still
    // does; that keeps the object loaded. A forked child, where the loader may not be asked, leaves
    // it to the hook.
    if entry != Entry::Inside && !run::seen().has_timed_out && !environment::is_forked() {
        panic::stop_watching_in_object();
    }
    run::report_so_far()
}

/// Runs all handlers and ends the process with status `code`, like `std::process::exit` but with
/// the handlers *before* anything is torn down.
///
/// May be called from anywhere. The first thread that asks for the end of the process, in whatever
/// way, has it with its status: when another one was faster, the calling thread stops, and `code`
/// does not count. Another one that called C `exit` or `std::process::exit`, or returned from a
/// plain `main`, is known only when it comes to the hook: not yet while libc is in an `atexit`
/// function that was registered later than the hook. (Then `code` is the status;
/// [`arm`](crate::arm) lets the hook come first.) During [`run`] by hand, or after it, `code` is
/// the status. Inside a handler it ends that handler by unwinding it, and the rest runs; there
/// `code` becomes the status that the process ends with, and the last call wins. With `panic =
/// "abort"`, where nothing unwinds, the handler's thread stops instead.
///
/// ```no_run
/// exitmacro::exit(3);
/// ```
pub fn exit(code: i32) -> ! {
    engine::start();
    match entry::enter(Trigger::Exit { code }) {
        // No thread is started for nothing: std flushes stdout, and lets one thread through.
        Entry::Nothing if !ownership::was_forked() => std::process::exit(code),
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
        // Not a panic: no message, no panic hook.
        std::panic::resume_unwind(Box::new(ExitRequest(code)));
    }
    run::leave_by_exit(Trigger::Exit { code });
    end_process()
}
