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
}

/// The handle of this object. The name is hidden from other objects, so that it needs no address
/// that the loader writes before `main`; Rust has no other way to say so.
#[cfg(all(target_arch = "x86_64", not(miri)))]
fn handle_of_object() -> *mut c_void {
    let handle: usize;
    // SAFETY: computes the address of a variable that is in each object, and touches no memory.
    unsafe {
        core::arch::asm!(
            ".hidden __dso_handle",
            "lea {handle}, [rip + __dso_handle]",
            handle = out(reg) handle,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    handle as *mut c_void
}

/// The handle of this object.
#[cfg(any(not(target_arch = "x86_64"), miri))]
fn handle_of_object() -> *mut c_void {
    unsafe extern "C" {
        static __dso_handle: u8;
    }
    (&raw const __dso_handle).cast_mut().cast()
}

extern "C" fn called_by_libc<H: ExitHook>(_argument: *mut c_void, status: c_int) {
    H::process_ends(Some(status));
}

pub(crate) fn install_hook<H: ExitHook>() -> bool {
    // SAFETY: the callback takes one argument more than the C prototype has; glibc calls it with
    // both, and the C calling convention lets a callee ignore or read an argument that the caller
    // passes. `dlclose` calls the hook before it unmaps the object.
    unsafe { __cxa_atexit(called_by_libc::<H>, core::ptr::null_mut(), handle_of_object()) == 0 }
}

pub(crate) fn change_status(code: i32) -> ! {
    // glibc documents that functions registered with `atexit` may call `exit`: the rest of its list
    // runs, with the new status.
    super::exit(code)
}
