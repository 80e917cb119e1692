//! A lock on an open file.

use core::ffi::c_int;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// Takes the exclusive lock of a file; `false` if another process that opened the file has it. It
/// is shared with children forked from now on, and free when the file is closed in all of them.
pub(crate) fn try_lock(file: &File) -> io::Result<bool> {
    const EXCLUSIVE_OR_NOT_AT_ALL: c_int = libc::LOCK_EX | libc::LOCK_NB;
    loop {
        // SAFETY: the descriptor is open as long as the file is borrowed.
        if unsafe { libc::flock(file.as_raw_fd(), EXCLUSIVE_OR_NOT_AT_ALL) } == 0 {
            return Ok(true);
        }
        let error = io::Error::last_os_error();
        match error.kind() {
            io::ErrorKind::WouldBlock => return Ok(false),
            // Network file systems wait for an answer, and a signal interrupts that.
            io::ErrorKind::Interrupted => {}
            _ => return Err(error),
        }
    }
}
