//! Functions of a library of Windows that is part of each process, which the program does not
//! import.

use core::ffi::{CStr, c_char, c_void};

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetModuleHandleA(name: *const c_char) -> *mut c_void;
    fn GetProcAddress(module: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// The address of the function of that name.
pub(crate) fn find(library: &CStr, name: &CStr) -> *mut c_void {
    // SAFETY: both names end with zero.
    let found = unsafe { GetProcAddress(GetModuleHandleA(library.as_ptr()), name.as_ptr()) };
    assert!(!found.is_null(), "{library:?} of this Windows has no {name:?}");
    found
}
