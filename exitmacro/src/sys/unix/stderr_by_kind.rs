//! An attempt to write to stderr that does not wait, on systems where `write` has no flag for that:
//! files get a plain write, sockets their flag, and all other streams a thread.

use super::{Attempt, Wait, by_thread, write, write_lines};
use crate::sys::unix::terminal::Modes;
use core::ffi::c_int;

/// How much of the bytes written to stderr is not read yet, as far as the system knows.
pub(super) fn unread() -> c_int {
    let mut unread: c_int = 0;
    // SAFETY: the number is writable; a stream that does not know the request refuses it. All
    // zeroes is a valid `stat`.
    let is_told = unsafe {
        let mut found: libc::stat = core::mem::zeroed();
        libc::fstat(libc::STDERR_FILENO, &raw mut found) == 0
            && found.st_mode & libc::S_IFMT == libc::S_IFIFO
            && libc::ioctl(libc::STDERR_FILENO, libc::FIONREAD, &raw mut unread) == 0
    };
    if is_told { unread } else { 0 }
}

pub(super) fn attempt(bytes: &[u8], wait: &mut Wait) -> Attempt {
    // SAFETY: all zeroes is a valid `stat`, which the call fills in.
    let kind = unsafe {
        let mut found: libc::stat = core::mem::zeroed();
        if libc::fstat(libc::STDERR_FILENO, &raw mut found) != 0 {
            return Attempt::Failed;
        }
        found.st_mode & libc::S_IFMT
    };
    match kind {
        libc::S_IFREG | libc::S_IFDIR | libc::S_IFBLK => write(bytes),
        // SAFETY: the buffer is valid for its length.
        libc::S_IFSOCK => Attempt::of(unsafe {
            libc::send(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len(), libc::MSG_DONTWAIT)
        }),
        libc::S_IFCHR => {
            let is_raw = Modes::of_stderr().is_some_and(Modes::is_raw);
            write_lines(is_raw, bytes, |bytes| by_thread(bytes, wait))
        }
        _ => by_thread(bytes, wait),
    }
}
