//! The signals that the calling thread blocks, and those that wait for it.

#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "mask_by_number.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "mask_by_libc.rs")]
mod system;

use core::ffi::c_int;
use system::{Mask, change};
pub(super) use system::{is_pending, take};

/// Lets the calling thread, and those that it starts from now on, receive these signals. Others
/// stay as they are. Threads inherit their mask, and programs that of the program that executes
/// them, so a signal may be blocked although no line of this program blocks it. Async-signal-safe.
#[cfg(any(feature = "signals", target_os = "linux", target_os = "android", test))]
pub(crate) fn unblock(signals: impl IntoIterator<Item = c_int>) {
    change(libc::SIG_UNBLOCK, &Mask::of(signals));
}

/// Does the work while the calling thread, and those that it starts, may receive these signals.
/// Async-signal-safe, if the work is.
pub(super) fn while_unblocked<T>(
    signals: impl IntoIterator<Item = c_int>,
    work: impl FnOnce() -> T,
) -> T {
    while_changed(libc::SIG_UNBLOCK, &Mask::of(signals), work)
}

/// Does the work while the calling thread, and those that it starts, block these signals.
/// Async-signal-safe, if the work is.
pub(super) fn while_blocked<T>(
    signals: impl IntoIterator<Item = c_int>,
    work: impl FnOnce() -> T,
) -> T {
    while_changed(libc::SIG_BLOCK, &Mask::of(signals), work)
}

fn while_changed<T>(how: c_int, signals: &Mask, work: impl FnOnce() -> T) -> T {
    let before = change(how, signals);
    let done = work();
    change(libc::SIG_SETMASK, &before);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_blocked(signal: c_int) -> bool {
        change(libc::SIG_BLOCK, &Mask::of([])).has(signal)
    }

    #[test]
    fn a_signal_is_blocked_and_unblocked_for_the_time_of_the_work() {
        let signal = libc::SIGTTOU;
        unblock([signal, libc::SIGUSR1]);
        assert!(while_blocked([signal], || {
            is_blocked(signal)
                && !is_blocked(libc::SIGUSR1)
                && !while_unblocked([signal], || is_blocked(signal))
                && is_blocked(signal)
        }));
        assert!(!is_blocked(signal));
    }

    #[test]
    fn a_signal_that_is_blocked_is_pending_until_it_is_taken() {
        let signal = libc::SIGUSR2;
        while_blocked([signal], || {
            assert!(!is_pending(signal));
            // SAFETY: the calling thread blocks the signal, so nothing happens.
            assert_eq!(unsafe { libc::pthread_kill(libc::pthread_self(), signal) }, 0);
            assert!(is_pending(signal));
            take(signal);
            assert!(!is_pending(signal));
        });
    }

    #[test]
    fn a_number_that_is_no_signal_changes_nothing() {
        let before = change(libc::SIG_BLOCK, &Mask::of([]));
        unblock([-1, 0, 1_000]);
        let after = change(libc::SIG_BLOCK, &Mask::of([]));
        assert!((1..=31).all(|signal| before.has(signal) == after.has(signal)));
    }
}
