//! What every end of the process does after the run: it prints, flushes, and ends the process.

use crate::config::flush_timeout;
use crate::config::read::stdout_may_be_locked;
use crate::environment::Environment;
use crate::fork::identity;
use crate::handler::live::PERHAPS_FAILED;
#[cfg(feature = "signals")]
use crate::process::asked_calls::asked_calls;
use crate::process::background;
use crate::run::{self, Ending};
use crate::sys;
use crate::timed_work::NotDone;
use crate::times::STDERR_LOCK_TIMEOUT;
use std::io::{self, Write};

/// The status after a run, for the exiting thread; `expected` if the run has none. If the budget
/// was spent, ends the process right here.
///
/// A thread inside libc's `exit`, which may call this in a function of libc's list, has a status
/// that libc may not give. Success does not take the place of that.
pub(super) fn status(expected: i32) -> i32 {
    status_unless_stopped(expected, None)
}

/// The same for a thread that has something to do before it stops, because another thread ends the
/// process.
pub(super) fn status_unless_stopped(expected: i32, before_stop: Option<&mut dyn FnMut()>) -> i32 {
    let ending = run::ending(before_stop);
    let hides_failure = || sys::as_the_parent_sees(expected) == 0 && run::seen().is_inside_exit;
    let code =
        ending.code.unwrap_or_else(|| if hides_failure() { PERHAPS_FAILED } else { expected });
    if ending.at_once {
        end_at_once(&ending, code);
    }
    code
}

/// Ends the process at once with this status, that of the run, or by the signal of the run, if that
/// is the policy.
pub(super) fn end_at_once(ending: &Ending, code: i32) -> ! {
    #[cfg(feature = "signals")]
    if let Some(calls) = asked_calls() {
        (calls.die_at_once)(ending.reason, Some(code));
    }
    #[cfg(not(feature = "signals"))]
    let _ = ending;
    exit_now(code)
}

/// Ends the process after a run.
pub(super) fn end_process() -> ! {
    exit(status(0))
}

/// Ends the process by libc's `exit`, so that all functions that are registered there run.
///
/// It calls libc by way of std where possible, because std lets one thread through. Another thread
/// may be inside `exit` already, in a function that libc calls before our hook, and two threads
/// there corrupt libc's memory. When that thread reaches the hook, it finds the run, and ends the
/// process with the right status.
pub(super) fn exit(code: i32) -> ! {
    if run::seen().is_inside_exit {
        sys::change_status(code);
    }
    leave_with(code);
    // A child may have inherited std's note that a thread is exiting, and would wait for that
    // thread. And std needs memory.
    if identity::was_forked() || sys::is_starved() {
        sys::exit(code);
    }
    std::process::exit(code)
}

/// Ends the process after a run that had finished before, or without a run: first flushes what was
/// printed since. If that is not done in time, std would hang on the flush, so libc's `exit` is
/// called directly.
pub(super) fn flush_and_exit(code: i32) -> ! {
    if flush_stdout() {
        exit(code);
    }
    run::leave_with(code);
    sys::exit(code)
}

/// To be called before std or libc ends the process with this status. Does not return if the thread
/// of an abandoned handler is inside std or libc, which would let no other thread in: that thread
/// ends the process.
pub(super) fn leave_with(code: i32) {
    if run::seen().holds_thread {
        // std, which would flush, is not called.
        flush_stdout();
    }
    run::leave_with(code);
}

/// Ends the process at once, without any other function. Writes execution counts, if the program
/// has any.
pub(super) fn exit_now(code: i32) -> ! {
    sys::write_profile();
    sys::exit_now(code)
}

/// Whether std can print the error that `main` returns without hanging for ever. To be called after
/// a run, on the exiting thread.
pub(super) fn std_can_print() -> bool {
    if run::seen().has_timed_out {
        // The handler that timed out may take the lock of stderr at any time.
        return false;
    }
    if sys::is_starved() {
        // No other thread executed a handler, and none can be started.
        return true;
    }
    // From a thread of its own, because another thread may hold the lock for ever.
    matches!(
        background::with_timeout(STDERR_LOCK_TIMEOUT, || drop(io::stderr().lock())),
        Ok(Some(()))
    ) && sys::stderr_has_room(STDERR_LOCK_TIMEOUT)
}

/// Flushes std's stdout, which libc's `exit` does not know. Returns whether that was done in time.
///
/// From a thread of its own, because another thread may hold the lock for ever. If none can be
/// started, on the calling thread, but not in a child: a thread of its parent may have held it.
pub(super) fn flush_stdout() -> bool {
    if sys::is_starved() {
        return false;
    }
    let timeout = flush_timeout(stdout_may_be_locked(&Environment::of_this_process()));
    // A closed stdout is not the program's fault.
    let flush = || _ = io::stdout().flush();
    match background::with_timeout(timeout, flush) {
        Ok(flushed) => flushed.is_some(),
        Err(NotDone::NoThread(_)) if !identity::was_forked() && sys::stdout_has_room() => {
            flush();
            true
        }
        Err(NotDone::NoThread(_) | NotDone::Late) => false,
    }
}
