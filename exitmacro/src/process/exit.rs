//! The ends that the program asks for by name.

use super::ending::{self, end_process};
use crate::handler::owner;
use crate::run::report::Report;
use crate::run::{self, Entry, ExitRequest, Way};

/// Runs all handlers now, and reports what became of them. The process goes on.
///
/// Handlers run once: when the process ends later, they do not run again, and nothing can be registered any more. Called while a run is going on, it waits for the
/// end of that run; called after one, it returns that run's report. The calling thread supervises, the handlers run on the runner thread.
///
/// Called from inside a handler, it reports on the handlers that have ended so far. If a handler asked for the end of the process with [`exit`], the process ends
/// after the run, and this does not return.
///
/// ```
/// exitmacro::register(|| Err::<(), _>("disk full"))?;
/// let report = exitmacro::run();
/// assert!(!report.is_success());
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
pub fn run() -> Report {
    let entry = ending::enter(Way::Call);
    if entry == Entry::Ran && run::claim_asked_exit() {
        end_process();
    }
    run::report()
}

/// Runs all handlers and ends the process with status `code`, like `std::process::exit` but with the handlers *before* anything is torn down.
///
/// May be called from anywhere: while a run is going on, `code` becomes the status that the process ends with, and the calling thread stops. Inside a handler it
/// ends that handler by unwinding it, and the rest runs; the last call wins. With `panic = "abort"`, where nothing unwinds, the handler's thread stops instead.
///
/// ```no_run
/// exitmacro::exit(3);
/// ```
pub fn exit(code: i32) -> ! {
    match ending::enter(Way::Exit { code }) {
        // No thread is started for nothing: std flushes stdout, and lets one thread through.
        Entry::Nothing if !owner::was_forked() => std::process::exit(code),
        Entry::Nothing | Entry::WasOver => ending::flush_and_exit(code),
        Entry::Ran => end_process(),
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
    run::leave_by_exit(Way::Exit { code });
    end_process()
}
