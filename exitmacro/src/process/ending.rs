//! What all ways out share: the run is prepared, entered, and followed by the end of the process.

use super::{config, panic};
use crate::run::{self, Entry, Way};
use crate::sys;
use core::time::Duration;
use std::io::{self, Write};
use std::sync::mpsc;
use std::thread;

/// Runs all handlers, or finds out why not.
pub(super) fn enter(way: Way) -> Entry {
    panic::watch();
    run::enter(way, config::limits())
}

/// Runs all handlers on a way that ends the process and is not inside libc's `exit`. The status that the process should end with is `expected`, or another one that a handler
/// set; nothing, when no handlers were there to run, so that std's stdout was not flushed either. Returns only on the thread that ends the process.
pub(super) fn run(way: Way, expected: i32) -> Option<i32> {
    match enter(way) {
        Entry::Ran => Some(status(expected)),
        Entry::Nothing | Entry::WasOver | Entry::Inside => None,
    }
}

/// The status after a run, for the thread that ends the process; `expected` where the run has none. After a run whose budget was used up, that thread ends it right here.
fn status(expected: i32) -> i32 {
    run::stop_unless_exiting();
    let ending = run::ending();
    let code = ending.code.unwrap_or(expected);
    if ending.at_once {
        exit_now(code);
    }
    code
}

/// Ends the process after a run.
pub(super) fn end_process() -> ! {
    sys::exit(status(0))
}

/// Ends the process at once. Nothing runs any more; execution counts are written, where the program has any.
pub(super) fn exit_now(code: i32) -> ! {
    sys::write_profile();
    sys::exit_now(code)
}

/// Flushes std's stdout, which libc's `exit` knows nothing of: what was printed after the run, which flushed it too, or where there was none.
///
/// From a thread of its own, because another one may hold the lock for ever.
pub(super) fn flush_stdout() {
    const PATIENCE: Duration = Duration::from_secs(1);
    let (flushed, is_flushed) = mpsc::channel();
    let flusher = thread::Builder::new().spawn(move || {
        // A closed stdout is not the program's fault; and nobody may be waiting any more.
        _ = io::stdout().flush();
        _ = flushed.send(());
    });
    if flusher.is_ok() {
        _ = is_flushed.recv_timeout(PATIENCE);
    }
}
