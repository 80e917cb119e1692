//! What a system without the signals of POSIX answers to questions about them.

use core::ffi::c_int;

pub(crate) fn is_profiled() -> bool {
    false
}

/// Which code handles a signal cannot be read here without a change.
pub(crate) fn is_still_taken_over(_signal: c_int) -> bool {
    true
}

/// There is no `fork` here.
pub(crate) fn give_back_all() {}

/// There is no `fork` here.
pub(crate) fn repeat_as_before(_signal: c_int) {}

/// There is no signal mask here.
pub(crate) fn unblock(_signals: impl IntoIterator<Item = c_int>) {}

/// No process dies of a signal here.
pub(crate) fn die_of(_signal: c_int) {}

/// What handles a signal may do all that other code may.
pub(crate) fn write_stderr_in_signal_handler(bytes: &[u8]) {
    crate::sys::write_stderr(bytes);
}
