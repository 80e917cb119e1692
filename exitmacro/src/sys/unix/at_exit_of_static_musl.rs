//! musl, linked statically: its `atexit` does not pass the exit status to the callback. This file
//! defines `exit` itself, which notes the status and continues as musl's does.
//!
//! The definition is a weak symbol. The linker finds it before it searches libc's archive, so that
//! musl's is not linked. A program that has an `exit` of its own keeps that, and so does the first
//! of two versions of this crate; then the status is unknown to the others.

use super::weak_symbol::weak_symbol;
use crate::sys::ExitHook;
use core::cell::Cell;
use core::ffi::c_int;

/// Whether libc passes the exit status to the hook.
pub(crate) const TELLS_STATUS: bool = true;

/// Which libc this is.
pub(crate) fn libc_version() -> String {
    "musl".to_owned()
}

/// Whether `exit` may stop every thread but the first one that calls it. This one does not.
pub(super) const LETS_ONE_THREAD_EXIT: bool = false;

thread_local! {
    /// The status with which the calling thread is inside `exit`. Without a destructor, so that it
    /// is there until the thread has ended.
    static STATUS: Cell<Option<c_int>> = const { Cell::new(None) };
}

weak_symbol!("exit", exit);

/// What musl's `exit` does, in the same order.
extern "C" fn exit(status: c_int) -> ! {
    unsafe extern "C" {
        /// Calls the functions that are registered with `atexit`, each once: it takes one off the
        /// list before it calls it, and holds no lock meanwhile.
        fn __funcs_on_exit();
        /// Flushes all C streams. The usual name, `__stdio_exit`, would have the linker take musl's
        /// `exit` from the archive, where that is a weak name as well.
        fn __stdio_exit_needed();
        fn _fini();
        static __fini_array_start: extern "C" fn();
        static __fini_array_end: extern "C" fn();
    }
    STATUS.set(Some(status));
    // SAFETY: the names and their types are those of musl since 1.1. Its `exit` calls the same
    // functions, from any thread, also inside a function that the first one calls. The linker puts
    // an array of functions between the last two names.
    unsafe {
        __funcs_on_exit();
        let (start, mut end) = (&raw const __fini_array_start, &raw const __fini_array_end);
        while end > start {
            end = end.sub(1);
            (*end)();
        }
        _fini();
        __stdio_exit_needed();
    }
    super::exit_now(status)
}

extern "C" fn called_by_libc<H: ExitHook>() {
    H::process_ends(status());
}

/// Never inlined, so that a program with a hook contains the object of this file, and with it the
/// symbol.
#[inline(never)]
fn status() -> Option<i32> {
    STATUS.get()
}

pub(crate) fn install_hook<H: ExitHook>() -> bool {
    // SAFETY: the callback has the type that `atexit` takes.
    unsafe { libc::atexit(called_by_libc::<H>) == 0 }
}

pub(crate) fn change_status(code: i32) -> ! {
    // The `exit` above may be called again: the rest of libc's list runs, with the new status.
    super::exit(code)
}
