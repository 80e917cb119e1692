//! By the functions of libc.

use core::ffi::c_int;

#[derive(Clone, Copy)]
pub(super) struct Mask(libc::sigset_t);

impl Mask {
    /// These signals. A number that is no signal is left out.
    pub(super) fn of(signals: impl IntoIterator<Item = c_int>) -> Self {
        // SAFETY: a set is plain memory, which `sigemptyset` initialises. A number that is no
        // signal is refused.
        unsafe {
            let mut mask: libc::sigset_t = core::mem::zeroed();
            libc::sigemptyset(&raw mut mask);
            for signal in signals {
                libc::sigaddset(&raw mut mask, signal);
            }
            Self(mask)
        }
    }

    pub(super) fn has(&self, signal: c_int) -> bool {
        // SAFETY: the set is initialised.
        unsafe { libc::sigismember(&raw const self.0, signal) == 1 }
    }
}

/// Changes the mask of the calling thread, and returns the one before.
pub(super) fn change(how: c_int, mask: &Mask) -> Mask {
    let mut before = Mask::of([]);
    // SAFETY: both sets are initialised.
    unsafe { libc::pthread_sigmask(how, &raw const mask.0, &raw mut before.0) };
    before
}

/// Whether the signal waits until the calling thread receives it.
pub(crate) fn is_pending(signal: c_int) -> bool {
    let mut pending = Mask::of([]);
    // SAFETY: the set is writable.
    unsafe { libc::sigpending(&raw mut pending.0) };
    pending.has(signal)
}

/// Takes a signal that is blocked and pending.
pub(crate) fn take(signal: c_int) {
    let (only, mut taken) = (Mask::of([signal]), 0);
    // SAFETY: the signal is pending and blocked, so this does not wait.
    unsafe { libc::sigwait(&raw const only.0, &raw mut taken) };
}
