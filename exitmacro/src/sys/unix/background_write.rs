//! Changes a terminal without being stopped for it.

use core::ptr::{from_ref, null_mut};

/// Does the work while SIGTTOU is blocked on the calling thread. The kernel stops a process that
/// changes its terminal from the background, unless that signal is blocked; a process may come to
/// the background at any moment. Async-signal-safe, if the work is.
pub(crate) fn without_sigttou<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: a set is plain memory, which the calls fill in; the mask is that of the calling
    // thread.
    let before = unsafe {
        let mut only: libc::sigset_t = core::mem::zeroed();
        libc::sigemptyset(&raw mut only);
        libc::sigaddset(&raw mut only, libc::SIGTTOU);
        let mut before: libc::sigset_t = core::mem::zeroed();
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const only, &raw mut before);
        before
    };
    let done = work();
    // SAFETY: `pthread_sigmask` filled in the set.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, from_ref(&before), null_mut()) };
    done
}
