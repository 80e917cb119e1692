//! The signal mask of the calling thread.

use core::ffi::c_int;

/// Lets the calling thread, and those that it starts from now on, receive these signals. Others
/// stay as they are. Threads inherit their mask, and programs that of the program that executes
/// them, so a signal may be blocked although no line of this program blocks it.
#[cfg(feature = "signals")]
pub(crate) fn unblock(signals: impl IntoIterator<Item = c_int>) {
    _ = unblock_all(signals);
}

/// Calls the function while the calling thread, and those that it starts, may receive the signal.
/// Async-signal-safe, if the function is.
pub(super) fn while_unblocked(signal: c_int, function: fn()) {
    let before = unblock_one(signal);
    function();
    set(before);
}

/// The set of a kernel, a bit for each signal.
#[cfg(any(target_os = "linux", target_os = "android"))]
type Mask = u64;

// On Linux by system call: each function of libc that a program names costs it time before `main`.

#[cfg(any(target_os = "linux", target_os = "android"))]
fn change(how: c_int, mask: Mask) -> Mask {
    let mut before: Mask = 0;
    // SAFETY: both masks are as long as the last argument says.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            how,
            &raw const mask,
            &raw mut before,
            size_of::<Mask>(),
        )
    };
    before
}

/// Returns the mask before.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn unblock_one(signal: c_int) -> Mask {
    change(libc::SIG_UNBLOCK, 1 << (signal - 1))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn set(mask: Mask) {
    change(libc::SIG_SETMASK, mask);
}

/// Returns the mask before.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn unblock_one(signal: c_int) -> libc::sigset_t {
    unblock_all([signal])
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn set(mask: libc::sigset_t) {
    // SAFETY: the mask is one that the system returned.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, core::ptr::null_mut()) };
}

/// Returns the mask before.
#[cfg(any(feature = "signals", not(any(target_os = "linux", target_os = "android"))))]
fn unblock_all(signals: impl IntoIterator<Item = c_int>) -> libc::sigset_t {
    // SAFETY: all zeroes is a valid set for the calls that fill it. A number that is no signal is
    // refused, and the mask stays as it is.
    unsafe {
        let mut set: libc::sigset_t = core::mem::zeroed();
        let mut before: libc::sigset_t = core::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, signal);
        }
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, &raw mut before);
        before
    }
}
