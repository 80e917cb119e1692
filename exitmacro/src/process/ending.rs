//! What all ways out share: the run is prepared, entered, and followed by the end of the process.

use super::{config, errand, panic};
use crate::environment::Environment;
#[cfg(feature = "signals")]
use crate::handler::context::ExitReason;
use crate::handler::owner;
use crate::run::{self, Entry, Way};
use crate::sys;
use core::time::Duration;
use std::io::{self, Write};

/// Runs all handlers, or finds out why not.
pub(super) fn enter(way: Way) -> Entry {
    run::enter(way, config::limits(), panic::watch)
}

/// Runs all handlers on a way that ends the process and is not inside libc's `exit`. The status
/// that the process should end with is `expected`, or another one that a handler set; nothing, when
/// no handlers were there to run. Returns only on the thread that ends the process. Calls `after`
/// between the run and whatever ends the process or stops the calling thread.
#[cfg(feature = "signals")]
pub(super) fn run(way: Way, expected: i32, after: impl FnOnce()) -> Option<i32> {
    let entry = enter(way);
    after();
    match entry {
        Entry::Ran => Some(status(expected)),
        // It ran for the end of `main`, which is late.
        Entry::WasOver if run::reason() != ExitReason::Requested => Some(status(expected)),
        Entry::Nothing | Entry::WasOver | Entry::Inside => None,
    }
}

/// The status after a run, for the thread that ends the process; `expected` where the run has none.
/// After a run whose budget was used up, that thread ends it right here.
pub(super) fn status(expected: i32) -> i32 {
    run::stop_unless_exiting();
    run::last_word::wait();
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
    if run::is_inside_exit() {
        sys::change_status(code);
    }
    leave_with(code);
    // A child may have inherited std's note that a thread is exiting, and would wait for it. And
    // std needs memory.
    if owner::was_forked() || run::is_starved() {
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
    if run::holds_some() {
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
    const PATIENCE: Duration = Duration::from_secs(1);
    if run::gave_up_a_handler() {
        // It may take the lock of stderr at any time, if it has not.
        return false;
    }
    if run::is_starved() {
        // No other thread executed anything, nor can one be asked.
        return true;
    }
    // From a thread of its own, because another one may hold the lock for ever.
    errand::within(PATIENCE, || drop(io::stderr().lock())).is_some()
        && sys::stderr_has_room(PATIENCE)
}

/// Whether the lock of stdout may be held for ever, by a thread that a forked child does not have.
/// Where the stream has no room, that keeps the flush from ending.
pub(super) fn stdout_may_be_locked(environment: &Environment) -> bool {
    environment.is_forked() && sys::stdout_has_room()
}

/// Flushes std's stdout, which libc's `exit` knows nothing of. Whether that was done in time.
///
/// From a thread of its own, because another one may hold the lock for ever.
pub(super) fn flush_stdout() -> bool {
    if run::is_starved() {
        return false;
    }
    let patience = run::flush_patience(stdout_may_be_locked(&Environment::of_this_process()));
    // A closed stdout is not the program's fault.
    errand::within(patience, || _ = io::stdout().flush()).is_some()
}
