//! WASI preview 1, as `wasm32-wasip1` has it: one thread, no signals, no other processes.

pub mod elements;
#[cfg(feature = "signals")]
mod signals;

#[path = "../end_unknown.rs"]
mod end;
#[path = "../no_fork.rs"]
mod no_fork;
#[cfg(feature = "signals")]
#[path = "../no_posix_signals.rs"]
mod no_posix_signals;
#[path = "../not_unix.rs"]
mod not_unix;
#[path = "../thread_end_unknown.rs"]
mod thread_end;
#[path = "../watch_nothing.rs"]
mod watch;

pub(crate) use end::NotedEnd;
pub(crate) use no_fork::*;
#[cfg(feature = "signals")]
pub(crate) use no_posix_signals::*;
pub(crate) use not_unix::*;
#[cfg(feature = "signals")]
pub(crate) use signals::*;
pub(crate) use thread_end::at_thread_end;
pub(crate) use watch::{ThreadWatch, is_parked, might_be_parked};

use super::ExitHook;
use core::ffi::c_int;
use std::time::Duration;

/// Handlers run on the only thread.
pub(crate) const HAS_THREADS: bool = false;

/// Whether libc passes the exit status to the hook.
pub(crate) const TELLS_STATUS: bool = false;

/// Which libc this is.
pub(crate) fn libc_version() -> String {
    "wasi-libc".to_owned()
}

extern "C" fn called_by_libc<H: ExitHook>() {
    H::process_ends(None);
}

pub(crate) fn install_hook<H: ExitHook>() -> bool {
    unsafe extern "C" {
        fn atexit(function: extern "C" fn()) -> c_int;
    }
    // SAFETY: the signature is that of the C standard, and the function lives as long as the
    // process.
    unsafe { atexit(called_by_libc::<H>) == 0 }
}

/// Flushes the C streams, and ends the process: the C standard does not allow another `exit`.
pub(crate) fn change_status(code: i32) -> ! {
    // SAFETY: a null stream means all of them.
    unsafe { libc::fflush(core::ptr::null_mut()) };
    exit_now(code)
}

pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` has no preconditions.
    unsafe { libc::_exit(code) }
}

/// There are no numbers of processes here.
pub(crate) fn process_id() -> u32 {
    1
}

/// The key of the only thread.
pub(crate) fn thread_key() -> ThreadKey {
    1
}

/// No handle of a thread exists here.
pub(crate) fn thread_key_of<T>(_thread: &std::thread::JoinHandle<T>) -> ThreadKey {
    2
}

pub(crate) fn is_main_thread() -> bool {
    true
}

/// There is no other thread here.
pub(crate) fn start_thread<F: FnOnce() + Send + 'static>(
    _stack_size: Option<usize>,
    _work: F,
) -> std::io::Result<PlainThread> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// A module is a program by itself.
pub(crate) fn is_in_main_program(_code: *const ()) -> bool {
    true
}

pub(crate) fn keep_loaded(_code: *const ()) {}

pub(crate) fn write_stderr(bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        // SAFETY: the buffer is valid for its length.
        let written = unsafe { libc::write(2, rest.as_ptr().cast(), rest.len()) };
        match usize::try_from(written) {
            Ok(written) if written > 0 => rest = rest.get(written..).unwrap_or_default(),
            _ => return,
        }
    }
}

/// Sleeps for a millisecond.
pub(crate) fn wait_a_moment() {
    std::thread::sleep(Duration::from_millis(1));
}

/// No thread could ever wake this one, or end the process in its place.
pub(crate) fn park_forever() -> ! {
    exit_now(1)
}
