//! `SIGABRT`: the last chance to do something about a panic that aborts the process.

use crate::sys::AbortHook;
use core::ffi::{c_int, c_void};

extern "C" fn called_by_kernel<H: AbortHook>(_signal: c_int, info: *mut libc::siginfo_t, _context: *mut c_void) {
    // A thread that panics and is sent the signal from outside may be anywhere; one that aborts by itself is at a known place, inside `abort`.
    if is_our_own(info) && std::thread::panicking() {
        H::process_aborts();
    }
    set_default();
    // Where it came from outside nobody would raise it again.
    // SAFETY: `abort` is async-signal-safe, and may be called while it is on its way.
    unsafe { libc::abort() };
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_our_own(info: *mut libc::siginfo_t) -> bool {
    // SAFETY: the handler was installed with `SA_SIGINFO`, so the kernel passes valid information, in which each sent signal names its sender.
    unsafe { (*info).si_pid().cast_unsigned() == super::process_id() }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_our_own(_info: *mut libc::siginfo_t) -> bool {
    true
}

fn address<H: AbortHook>() -> usize {
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = called_by_kernel::<H>;
    handler as usize
}

fn current() -> usize {
    // SAFETY: all zeroes is a valid `sigaction`, which the call fills in.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        libc::sigaction(libc::SIGABRT, core::ptr::null(), &raw mut action);
        action.sa_sigaction
    }
}

/// Has `H` called on a thread whose panic aborts the process. Somebody else's handler for that is left alone.
pub(crate) fn watch_aborts<H: AbortHook>() {
    if current() == libc::SIG_DFL {
        // SAFETY: all zeroes is a valid `sigaction`. The handler has the type that `SA_SIGINFO` asks for.
        unsafe {
            let mut action: libc::sigaction = core::mem::zeroed();
            action.sa_sigaction = address::<H>();
            action.sa_flags = libc::SA_SIGINFO;
            libc::sigaction(libc::SIGABRT, &raw const action, core::ptr::null_mut());
        }
    }
}

/// Undoes [`watch_aborts`].
pub(crate) fn stop_watching_aborts<H: AbortHook>() {
    if current() == address::<H>() {
        set_default();
    }
}

fn set_default() {
    // SAFETY: all zeroes is a valid `sigaction`, that of `SIG_DFL`; `sigaction` is async-signal-safe.
    unsafe {
        let action: libc::sigaction = core::mem::zeroed();
        libc::sigaction(libc::SIGABRT, &raw const action, core::ptr::null_mut());
    }
}
