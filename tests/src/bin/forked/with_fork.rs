//! Forks, and waits for the children.

use std::os::fd::{IntoRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

/// A child that takes longer counts as hanging, in seconds.
const LIMIT: u32 = 20;

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between the process that was started and the calling process.
#[allow(dead_code, reason = "not every program asks")]
pub(crate) fn generation() -> usize {
    GENERATION.load(Ordering::Relaxed) as usize
}

/// The child, in the parent; `None`, in the child, which is killed if it hangs.
pub(crate) fn fork() -> Option<libc::pid_t> {
    // SAFETY: the child only does what libc allows in the child of a threaded process, or what this
    // crate allows, which the tests check.
    forked(unsafe { libc::fork() })
}

/// The same, for the result of a fork.
pub(crate) fn forked(child: libc::pid_t) -> Option<libc::pid_t> {
    assert!(child >= 0, "no process left");
    if child == 0 {
        GENERATION.fetch_add(1, Ordering::Relaxed);
        // SAFETY: no preconditions.
        unsafe { libc::alarm(LIMIT) };
        return None;
    }
    Some(child)
}

/// The status of the child, or minus the signal that ended it.
pub(crate) fn wait_for(child: libc::pid_t) -> i32 {
    let mut status = 0;
    // SAFETY: `status` is writable.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -libc::WTERMSIG(status) }
}

/// Writes to a pipe when this process is inside `exit`, and before the handlers run.
#[allow(dead_code, reason = "not every program is the parent of a daemon")]
pub(crate) fn announce_exit(writer: impl Into<OwnedFd>) {
    static WRITER: AtomicI32 = AtomicI32::new(-1);
    extern "C" fn write() {
        // SAFETY: the descriptor is open, the text one byte long.
        unsafe { libc::write(WRITER.load(Ordering::Relaxed), c"!".as_ptr().cast(), 1) };
    }
    WRITER.store(writer.into().into_raw_fd(), Ordering::Relaxed);
    // SAFETY: the function has no preconditions. It runs before the hook of the crate, which was
    // installed earlier.
    assert_eq!(unsafe { libc::atexit(write) }, 0);
}
