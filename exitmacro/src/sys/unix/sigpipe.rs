//! Keeps `SIGPIPE` from ending the process during a write.

use core::ptr::null_mut;

pub(super) type Mask = libc::sigset_t;

fn only_sigpipe() -> Mask {
    // SAFETY: a set is plain memory, which `sigemptyset` initialises.
    unsafe {
        let mut mask: Mask = core::mem::zeroed();
        libc::sigemptyset(&raw mut mask);
        libc::sigaddset(&raw mut mask, libc::SIGPIPE);
        mask
    }
}

pub(super) fn is_pending() -> bool {
    // SAFETY: a set is plain memory, which `sigpending` fills in.
    unsafe {
        let mut pending: Mask = core::mem::zeroed();
        libc::sigpending(&raw mut pending);
        libc::sigismember(&raw const pending, libc::SIGPIPE) == 1
    }
}

/// Blocks the signal on the calling thread, and returns the earlier mask.
pub(super) fn block() -> Mask {
    // SAFETY: both sets are valid; the mask is that of the calling thread.
    unsafe {
        let mut before: Mask = core::mem::zeroed();
        libc::pthread_sigmask(libc::SIG_BLOCK, &only_sigpipe(), &raw mut before);
        before
    }
}

pub(super) fn take() {
    let mut taken = 0;
    // SAFETY: the signal is pending and blocked, so this does not wait.
    unsafe { libc::sigwait(&only_sigpipe(), &raw mut taken) };
}

pub(super) fn restore(before: &Mask) {
    // SAFETY: `pthread_sigmask` filled in the set.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, core::ptr::from_ref(before), null_mut()) };
}
