//! glibc passes the exit status to callbacks of `__cxa_atexit`, which its `atexit` calls.

use crate::sys::ExitHook;
use core::ffi::{CStr, c_int, c_void};

/// Whether libc passes the exit status to the hook.
pub(crate) const TELLS_STATUS: bool = true;

/// Which libc this is.
pub(crate) fn libc_version() -> String {
    format!("glibc {}", version().to_string_lossy())
}

fn version() -> &'static CStr {
    // SAFETY: the call has no preconditions, and its text is a static of glibc.
    unsafe { CStr::from_ptr(libc::gnu_get_libc_version()) }
}

/// Whether `exit` stops every thread but the first one that calls it.
pub(super) fn lets_one_thread_exit() -> bool {
    is_since_2_41(version())
}

/// Takes a version such as `2.36`. One of another form counts as a later one.
fn is_since_2_41(version: &CStr) -> bool {
    let text = version.to_str().unwrap_or_default();
    let mut numbers = text.split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (2, 41),
        _ => true,
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_is_let_through_since_2_41() {
        for (version, is_since) in [
            (c"2.2", false),
            (c"2.2.5", false),
            (c"2.17", false),
            (c"2.40", false),
            (c"2.40.9000", false),
            (c"2.41", true),
            (c"2.41.9000", true),
            (c"2.100", true),
            (c"3.0", true),
            (c"", true),
        ] {
            assert_eq!(is_since_2_41(version), is_since, "{version:?}");
        }
    }
}
