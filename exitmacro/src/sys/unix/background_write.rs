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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the calling thread blocks the signal.
    fn is_blocked() -> bool {
        // SAFETY: a set is plain memory, which the call fills in; null changes nothing.
        unsafe {
            let mut now: libc::sigset_t = core::mem::zeroed();
            libc::pthread_sigmask(libc::SIG_BLOCK, core::ptr::null(), &raw mut now);
            libc::sigismember(&raw const now, libc::SIGTTOU) == 1
        }
    }

    #[test]
    fn the_signal_is_blocked_during_the_work() {
        assert_eq!((without_sigttou(is_blocked), is_blocked()), (true, false));
    }
}
