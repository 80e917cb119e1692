//! The execution counts of a program that was compiled for coverage or profiling with LLVM.
//!
//! LLVM writes them in an `atexit` function of its own, which may run before our hook and does not run before `_exit`. Its functions are hidden from other objects, so they
//! are found by a weak reference, which is null where they are not linked. Nothing else in stable Rust makes one.

use core::ffi::c_int;

/// `__llvm_profile_write_file`.
type Write = extern "C" fn() -> c_int;

#[cfg(all(target_arch = "x86_64", any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn writer() -> Option<Write> {
    let address: usize;
    // SAFETY: reads the address from the global offset table, where the linker wrote it or null; touches nothing else.
    unsafe {
        core::arch::asm!(
            ".weak __llvm_profile_write_file",
            ".hidden __llvm_profile_write_file",
            "mov {address}, qword ptr [rip + __llvm_profile_write_file@GOTPCREL]",
            address = out(reg) address,
            options(nostack, readonly, preserves_flags)
        );
    }
    as_function(address)
}

#[cfg(all(target_arch = "aarch64", any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn writer() -> Option<Write> {
    let address: usize;
    // SAFETY: reads the address from the global offset table, where the linker wrote it or null; touches nothing else.
    unsafe {
        core::arch::asm!(
            ".weak __llvm_profile_write_file",
            ".hidden __llvm_profile_write_file",
            "adrp {address}, :got:__llvm_profile_write_file",
            "ldr {address}, [{address}, :got_lo12:__llvm_profile_write_file]",
            address = out(reg) address,
            options(nostack, readonly, preserves_flags)
        );
    }
    as_function(address)
}

#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), any(target_os = "linux", target_os = "android", target_os = "freebsd"))))]
fn writer() -> Option<Write> {
    None
}

#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn as_function(address: usize) -> Option<Write> {
    // SAFETY: null becomes `None`; any other value is the address of LLVM's function of this type.
    unsafe { core::mem::transmute::<usize, Option<Write>>(address) }
}

/// Whether the program counts what it executes.
#[cfg(feature = "signals")]
pub(crate) fn is_profiled() -> bool {
    writer().is_some()
}

/// Writes the counts so far, if the program counts. Not async-signal-safe.
pub(crate) fn write_profile() {
    if let Some(write) = writer() {
        // A file that cannot be written is reported by LLVM itself.
        write();
    }
}
