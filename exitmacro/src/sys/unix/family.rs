//! What a process and its forked children know of each other.

use crate::sys::Kin;
use std::sync::atomic::AtomicU64;

/// Memory that is shared with all children forked from now on, filled with zeroes. `None` when there is none to be had.
pub(crate) fn shared_memory() -> Option<&'static [AtomicU64]> {
    const BYTES: usize = 4096;
    let start = map_shared(BYTES)?;
    // SAFETY: the memory is a page of our own that is never unmapped, aligned, and all zeroes, which is a valid number; it is only ever used as these atomics.
    Some(unsafe { core::slice::from_raw_parts(start, BYTES / size_of::<AtomicU64>()) })
}

// On Linux by system call: the loader of a Rust program looks up every name of libc before `main`, for 700 instructions each, whether it is ever called or not.

#[cfg(all(any(target_os = "linux", target_os = "android"), target_pointer_width = "64"))]
fn map_shared(bytes: usize) -> Option<*const AtomicU64> {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    // SAFETY: asks for fresh memory at any address; the arguments are those of `mmap(2)`.
    let start = unsafe { libc::syscall(libc::SYS_mmap, 0_usize, bytes, protection, flags, -1_isize, 0_usize) };
    (start != -1).then_some(start as *const AtomicU64)
}

#[cfg(not(all(any(target_os = "linux", target_os = "android"), target_pointer_width = "64")))]
fn map_shared(bytes: usize) -> Option<*const AtomicU64> {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANON);
    // SAFETY: asks for fresh memory at any address.
    let start = unsafe { libc::mmap(core::ptr::null_mut(), bytes, protection, flags, -1, 0) };
    (start != libc::MAP_FAILED).then_some(start.cast_const().cast())
}

/// What the other process is to the calling one; nothing, when it is gone or has become another program.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn kin(process: u32) -> Option<Kin> {
    let is_same_program = executable(process)? == executable(super::process_id())?;
    // SAFETY: any number may be asked for.
    let session = |process: u32| unsafe { libc::syscall(libc::SYS_getsid, process) };
    is_same_program.then(|| if session(process) == session(0) { Kin::SameSession } else { Kin::OtherSession })
}

/// The path of the program that a process executes, as far as it fits.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn executable(process: u32) -> Option<[u8; 512]> {
    let link = format!("/proc/{process}/exe\0");
    let mut path = [0_u8; 512];
    // SAFETY: the link is a C string and the buffer is as long as said.
    let length = unsafe { libc::syscall(libc::SYS_readlinkat, libc::AT_FDCWD, link.as_ptr(), path.as_mut_ptr(), path.len()) };
    (length > 0).then_some(path)
}

/// What the other process is to the calling one; nothing, when it is gone. Whether it has become another program cannot be told here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn kin(process: u32) -> Option<Kin> {
    // SAFETY: any number may be asked for.
    let session = |process: u32| unsafe { libc::getsid(process.cast_signed()) };
    let its_session = session(process);
    (its_session != -1).then(|| if its_session == session(0) { Kin::SameSession } else { Kin::OtherSession })
}
