//! By system call: libc has six functions for this, and the loader of a Rust program looks each of
//! them up before `main`, for 700 instructions a name, whether it is called or not.

use core::ffi::c_ulong;
use core::ptr::null;

/// The kernel's set of signals: 64 of them, 128 on MIPS.
const BYTES: usize = if cfg!(any(target_arch = "mips", target_arch = "mips64")) { 16 } else { 8 };
pub(super) type Mask = [c_ulong; BYTES / size_of::<c_ulong>()];

const BIT: c_ulong = 1 << (libc::SIGPIPE - 1);

static ONLY: Mask = {
    let mut mask: Mask = [0; BYTES / size_of::<c_ulong>()];
    mask[0] = BIT;
    mask
};

pub(super) fn is_pending() -> bool {
    let mut pending = Mask::default();
    // SAFETY: the set is writable, and has the size that is passed to the kernel.
    unsafe { libc::syscall(libc::SYS_rt_sigpending, &raw mut pending, BYTES) };
    pending[0] & BIT != 0
}

/// Blocks the signal on the calling thread, and returns the earlier mask.
pub(super) fn block() -> Mask {
    let mut before = Mask::default();
    // SAFETY: both sets are valid for the size that is passed to the kernel; the mask is that of
    // the calling thread.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_BLOCK,
            &raw const ONLY,
            &raw mut before,
            BYTES,
        )
    };
    before
}

pub(super) fn take() {
    // Two words are a `timespec` of any kernel, and zero means not to wait.
    let at_once = [0_i64; 2];
    // SAFETY: the set and the time are valid; no information about the signal is requested.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigtimedwait,
            &raw const ONLY,
            null::<u8>(),
            &raw const at_once,
            BYTES,
        )
    };
}

pub(super) fn restore(before: &Mask) {
    // SAFETY: the kernel filled in the set.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            core::ptr::from_ref(before),
            null::<u8>(),
            BYTES,
        )
    };
}
