//! libc has no memory for the hook of the crate.

use exitmacro::{ExitContext, at_exit};

#[at_exit]
fn handler(exit: &ExitContext) {
    println!("handler, for {}, status {:?}", exit.reason(), exit.code());
}

/// Replaces glibc's function for this program.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod libc_function {
    use std::ffi::{c_int, c_void};

    // SAFETY: has the type of the function that it replaces, which returns this where it has no
    // memory.
    #[unsafe(no_mangle)]
    extern "C" fn __cxa_atexit(
        _function: extern "C" fn(*mut c_void),
        _argument: *mut c_void,
        _object: *mut c_void,
    ) -> c_int {
        -1
    }
}

fn main() {
    println!("main");
}
