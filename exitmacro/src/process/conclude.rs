//! What all ways out share: the run is prepared, entered, and followed by the end of the process.

use crate::config::flush_timeout;
use crate::config::read::stdout_may_be_locked;
use crate::environment::Environment;
use crate::fork::ownership;
use crate::process::background;
use crate::run::{self};
use crate::sys;
use crate::times::STDERR_LOCK_TIMEOUT;
use std::io::{self, Write};

/// The status after a run, for the thread that ends the process; `expected` where the run has none.
/// After a run whose budget was used up, that thread ends it right here.
pub(super) fn status(expected: i32) -> i32 {
    let ending = run::ending();
    let code = ending.code.unwrap_or(expected);
    if ending.at_once {
        exit_now(code);
    }
    code
}

/// Ends the process after a run.
pub(super) fn end_process() -> ! {
    exit(status(0))
}

/// Ends the process by libc's `exit`, so that all that is registered there runs.
///
/// By way of std where that is possible, because std lets one thread through: another one may be
/// inside `exit` already, in a function that libc calls before our hook, and two threads there
/// corrupt libc's memory. When that thread comes to the hook, it finds the run, and ends the process
/// as it should end.
pub(super) fn exit(code: i32) -> ! {
    if run::seen().is_inside_exit {
        sys::change_status(code);
    }
    leave_with(code);
    // A child may have inherited std's note that a thread is exiting, and would wait for it. And
    // std needs memory.
    if ownership::was_forked() || sys::is_starved() {
        sys::exit(code);
    }
    std::process::exit(code)
}

/// The same, after a run that was over before, or without one: what was printed since is flushed
/// first. Where that cannot be in time, std would hang on it.
pub(super) fn flush_and_exit(code: i32) -> ! {
    if flush_stdout() {
        exit(code);
    }
    run::leave_with(code);
    sys::exit(code)
}

/// To be called before std or libc end the process with this status. Does not return when they
/// would not let the calling thread in, because the thread of a handler that was abandoned is there
/// already: it ends the process instead.
pub(super) fn leave_with(code: i32) {
    if run::seen().holds_thread {
        // std, which would do that, is not asked.
        flush_stdout();
    }
    run::leave_with(code);
}

/// Ends the process at once. Nothing runs any more; execution counts are written, where the program
/// has any.
pub(super) fn exit_now(code: i32) -> ! {
    sys::write_profile();
    sys::exit_now(code)
}

/// Whether std, when it prints an error that `main` returns, will not hang on that for ever: after
/// a run, also one by hand, on the thread that ends the process.
pub(super) fn std_can_print() -> bool {
    if run::seen().has_timed_out {
        // It may take the lock of stderr at any time, if it has not.
        return false;
    }
    if sys::is_starved() {
        // No other thread executed anything, nor can one be asked.
        return true;
    }
    // From a thread of its own, because another one may hold the lock for ever.
    background::within(STDERR_LOCK_TIMEOUT, || drop(io::stderr().lock())).is_some()
        && sys::stderr_has_room(STDERR_LOCK_TIMEOUT)
}

/// Flushes std's stdout, which libc's `exit` knows nothing of. Whether that was done in time.
///
/// From a thread of its own, because another one may hold the lock for ever.
pub(super) fn flush_stdout() -> bool {
    if sys::is_starved() {
        return false;
    }
    let patience = flush_timeout(stdout_may_be_locked(&Environment::of_this_process()));
    // A closed stdout is not the program's fault.
    background::within(patience, || _ = io::stdout().flush()).is_some()
}
