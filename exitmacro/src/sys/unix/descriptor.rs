//! What a descriptor refers to.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Has the descriptor refer to what the other one refers to. What it referred to is closed, as far
/// as this process has it open. Other programs do not inherit it.
pub(crate) fn redirect(descriptor: &impl AsFd, to: &impl AsFd) -> io::Result<()> {
    let (number, to) = (descriptor.as_fd().as_raw_fd(), to.as_fd().as_raw_fd());
    // SAFETY: both are open as long as they are borrowed, and the first one stays so.
    if unsafe { libc::dup2(to, number) } == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is open.
    match unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
