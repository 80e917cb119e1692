//! Writing to stderr so that nothing can go wrong.

// By system call where the numbers are stable.
#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "sigpipe_by_number.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "sigpipe.rs")]
mod sigpipe;

use core::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// How long a line may wait for a reader of stderr, in milliseconds. After the first line that nobody reads, the others do not wait.
const STDERR_PATIENCE: c_int = 100;

pub(crate) fn write_stderr(bytes: &[u8]) {
    static NOBODY_READS: AtomicBool = AtomicBool::new(false);
    without_sigpipe(|| {
        // At most a page at a time: a pipe that polls as writable takes that much without blocking.
        for piece in bytes.chunks(4096) {
            let patience = if NOBODY_READS.load(Relaxed) { 0 } else { STDERR_PATIENCE };
            let mut request = libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 };
            // SAFETY: one request, valid and writable.
            if unsafe { libc::poll(&raw mut request, 1, patience) } == 0 {
                NOBODY_READS.store(true, Relaxed);
                return;
            }
            // SAFETY: the buffer is valid for its length. Errors are ignored: there is nowhere left to report them.
            unsafe { libc::write(libc::STDERR_FILENO, piece.as_ptr().cast(), piece.len()) };
        }
    });
}

/// Runs `write` so that a closed pipe is an error of `write(2)` and not the end of the process. Rust executables ignore `SIGPIPE`, but a C program that loaded us may
/// not.
fn without_sigpipe(write: impl FnOnce()) {
    let was_pending = sigpipe::is_pending();
    let before = sigpipe::block();
    write();
    // One that was pending before is left pending; one that the write raised is taken back, so that it is not delivered when the mask is restored.
    if !was_pending && sigpipe::is_pending() {
        sigpipe::take();
    }
    sigpipe::restore(&before);
}
