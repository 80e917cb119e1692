//! An attempt to write to stderr that does not wait, where no flag of `write` says so: files are written to as ever,
//! sockets with the flag that they have, all else by a thread.

use super::{Attempt, Wait, poll, thread, write};

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
        libc::S_IFSOCK => Attempt::of(unsafe { libc::send(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len(), libc::MSG_DONTWAIT) }),
        _ => match poll(0) {
            Ok(0) => Attempt::WouldBlock,
            _ => thread::write(bytes, wait),
        },
    }
}
