//! The execution counts of a program that was compiled for coverage or profiling with LLVM.
//!
//! LLVM writes them in its own `atexit` function, which does not run before `_exit`, and which must
//! run after the crate's hook if the counts of handlers are to be in the file. Its functions are
//! hidden from other objects, so they are found by weak references, which are null if they are not
//! linked. Stable Rust has no other way to make one.

use core::ffi::c_int;

/// Both functions have this type.
type Function = extern "C" fn() -> c_int;

/// Defines a function that looks up one of LLVM's.
macro_rules! weak {
    ($($name:ident = $symbol:literal;)*) => {
        $(
            #[cfg(all(
                target_arch = "x86_64",
                any(target_os = "linux", target_os = "android", target_os = "freebsd")
            ))]
            fn $name() -> Option<Function> {
                let address: usize;
                // SAFETY: reads the address from the global offset table, where the linker wrote it
                // or null; touches no other memory.
                unsafe {
                    core::arch::asm!(
                        concat!(".weak ", $symbol),
                        concat!(".hidden ", $symbol),
                        concat!("mov {address}, qword ptr [rip + ", $symbol, "@GOTPCREL]"),
                        address = out(reg) address,
                        options(nostack, readonly, preserves_flags)
                    );
                }
                as_function(address)
            }

            #[cfg(all(
                target_arch = "aarch64",
                any(target_os = "linux", target_os = "android", target_os = "freebsd")
            ))]
            fn $name() -> Option<Function> {
                let address: usize;
                // SAFETY: reads the address from the global offset table, where the linker wrote it
                // or null; touches no other memory.
                unsafe {
                    core::arch::asm!(
                        concat!(".weak ", $symbol),
                        concat!(".hidden ", $symbol),
                        concat!("adrp {address}, :got:", $symbol),
                        concat!("ldr {address}, [{address}, :got_lo12:", $symbol, "]"),
                        address = out(reg) address,
                        options(nostack, readonly, preserves_flags)
                    );
                }
                as_function(address)
            }

            #[cfg(not(all(
                any(target_arch = "x86_64", target_arch = "aarch64"),
                any(target_os = "linux", target_os = "android", target_os = "freebsd")
            )))]
            fn $name() -> Option<Function> {
                None
            }
        )*
    };
}

weak! {
    writer = "__llvm_profile_write_file";
    registrar = "__llvm_profile_register_write_file_atexit";
}

#[cfg(all(
    any(target_arch = "x86_64", target_arch = "aarch64"),
    any(target_os = "linux", target_os = "android", target_os = "freebsd")
))]
fn as_function(address: usize) -> Option<Function> {
    // SAFETY: null becomes `None`; any other value is the address of one of LLVM's functions, all
    // of this type.
    unsafe { core::mem::transmute::<usize, Option<Function>>(address) }
}

/// Makes LLVM register its `atexit` function now, which it does only once, so that functions that
/// are registered later run before it.
pub(crate) fn let_profile_come_last() {
    if let Some(register) = registrar() {
        register();
    }
}

/// Whether the program counts what it executes.
#[cfg(feature = "signals")]
pub(crate) fn is_profiled() -> bool {
    writer().is_some()
}

/// Writes the counts so far, if the program counts. For ends that LLVM does not see: a second call
/// would add them to those in the file. Not async-signal-safe.
pub(crate) fn write_profile() {
    if let Some(write) = writer() {
        // A file that cannot be written is reported by LLVM itself.
        write();
    }
}
