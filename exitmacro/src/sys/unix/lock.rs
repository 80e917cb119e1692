//! A lock on an open file.

use core::ffi::c_int;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// Takes the exclusive lock of a file, unless another one who opened it has it: then the answer is
/// `false`. It is shared with children forked from now on, and free when the file is closed in all
/// of them.
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
            // File systems of the network wait for an answer, which a signal ends.
            io::ErrorKind::Interrupted => {}
            _ => return Err(error),
        }
    }
}
