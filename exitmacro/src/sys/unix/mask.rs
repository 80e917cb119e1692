//! The signal mask of the calling thread.

use core::ffi::c_int;

/// Lets the calling thread, and those that it starts from now on, receive these signals. Others
/// stay as they are. Threads inherit their mask, and programs that of the program that executes
/// them, so a signal may be blocked although no line of this program blocks it.
pub(crate) fn unblock(signals: impl IntoIterator<Item = c_int>) {
    // SAFETY: all zeroes is a valid set for the calls that fill it. A number that is no signal is
    // refused, and the mask stays as it is.
    unsafe {
        let mut set: libc::sigset_t = core::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, signal);
        }
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, core::ptr::null_mut());
    }
}
