//! Forks, and what becomes of the children: a part of programs that fork, no program itself.

use std::sync::atomic::{AtomicU32, Ordering};

/// How long a child may take before it counts as hanging, in seconds.
const LIMIT: u32 = 20;

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between the started process and the calling one.
#[allow(dead_code, reason = "not every program asks")]
pub(crate) fn generation() -> usize {
    GENERATION.load(Ordering::Relaxed) as usize
}

/// The child, in the parent; nothing, in the child, which is killed if it hangs.
pub(crate) fn fork() -> Option<libc::pid_t> {
    // SAFETY: the child only does what libc promises to the child of a threaded process, or what
    // this crate promises on top: that is what the tests are about.
    forked(unsafe { libc::fork() })
}

/// The same, after a fork that answered so.
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
