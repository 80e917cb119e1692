//! The end of the process without any other function.

use core::ffi::c_void;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn TerminateProcess(process: *mut c_void, code: u32) -> i32;
}

/// Calls no DLL either: it could wait for a lock whose thread was ended.
pub(crate) fn exit_now(code: i32) -> ! {
    const THIS_PROCESS: *mut c_void = core::ptr::without_provenance_mut(usize::MAX);
    loop {
        // SAFETY: the handle is that of the calling process, whose threads all end here.
        unsafe { TerminateProcess(THIS_PROCESS, code.cast_unsigned()) };
    }
}
