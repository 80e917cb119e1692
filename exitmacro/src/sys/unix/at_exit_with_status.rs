//! glibc passes the exit status to callbacks of `__cxa_atexit`, which its `atexit` calls.

use crate::sys::ExitHook;
use core::ffi::{CStr, c_int, c_void};

/// Whether libc passes the exit status to the hook.
pub(crate) const TELLS_STATUS: bool = true;

/// Which libc this is.
pub(crate) fn libc_version() -> String {
    // SAFETY: the call has no preconditions, and its text is a static of glibc.
    let version = unsafe { CStr::from_ptr(libc::gnu_get_libc_version()) };
    format!("glibc {}", version.to_string_lossy())
}

/// Whether `exit` may stop every thread but the first one that calls it: glibc does since 2.41. The
/// version is not asked: each function of libc that a program names costs it time before `main`.
pub(super) const LETS_ONE_THREAD_EXIT: bool = true;

unsafe extern "C" {
    fn __cxa_atexit(
        hook: extern "C" fn(*mut c_void, c_int),
        argument: *mut c_void,
        object: *mut c_void,
    ) -> c_int;
    static __dso_handle: u8;
}

extern "C" fn called_by_libc<H: ExitHook>(_argument: *mut c_void, status: c_int) {
    H::process_ends(Some(status));
}

pub(crate) fn install_hook<H: ExitHook>() -> bool {
    let object = &raw const __dso_handle;
    // SAFETY: the callback takes one argument more than the C prototype has; glibc calls it with
    // both, and the C calling convention lets a callee ignore or read an argument that the caller
    // passes. `__dso_handle` is this object's own handle, so that `dlclose` calls the hook before
    // it unmaps it.
    unsafe {
        __cxa_atexit(called_by_libc::<H>, core::ptr::null_mut(), object.cast_mut().cast()) == 0
    }
}

pub(crate) fn change_status(code: i32) -> ! {
    // glibc documents that functions registered with `atexit` may call `exit`: the rest of its list
    // runs, with the new status.
    super::exit(code)
}
