//! Wakes a thread from an OS signal handler, by a byte in a pipe. A forked child shares the pipe,
//! so the posting process makes sure that it is not one.
//!
//! No lock is held while a thread waits: a forked child, which has its parent's locks but not its
//! threads, could not prepare a pipe of its own.

use core::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::sync::atomic::{AtomicI32, Ordering};

pub(crate) struct Wake {
    writer: AtomicI32,
    reader: AtomicI32,
}

impl Wake {
    pub(crate) const fn new() -> Self {
        Self { writer: AtomicI32::new(-1), reader: AtomicI32::new(-1) }
    }

    /// For use before the first wait in this process. Both ends are closed in programs that are
    /// executed. The ends of a parent's pipe stay open: a daemon may have closed all descriptors,
    /// and then their numbers may be those of other files.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        let (reader, writer) = io::pipe()?;
        // A full pipe has been posted to often enough: the OS handler must not wait for a reader.
        // SAFETY: the pipe is this crate's, and no other code has its writing end yet.
        if unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } != 0 {
            return Err(io::Error::last_os_error());
        }
        self.reader.store(reader.into_raw_fd(), Ordering::Release);
        self.writer.store(writer.into_raw_fd(), Ordering::Release);
        Ok(())
    }

    /// Wakes the waiting thread, now or at its next wait. Async-signal-safe; never waits.
    pub(crate) fn post(&self) {
        // SAFETY: the buffer is one byte long. The OS handler that calls this restores `errno`.
        unsafe { libc::write(self.writer.load(Ordering::Acquire), b"!".as_ptr().cast(), 1) };
    }

    /// Waits for one post.
    pub(crate) fn wait(&self) {
        wait_on(self.reader.load(Ordering::Acquire));
    }
}

fn wait_on(reader: c_int) {
    let mut byte = 0_u8;
    loop {
        // SAFETY: the buffer is one byte long, writable, and lives as long as the call.
        match unsafe { libc::read(reader, (&raw mut byte).cast(), 1) } {
            1 => return,
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            // The program closed all descriptors; then signals are not noticed any more.
            _ => super::park_forever(),
        }
    }
}

#[cfg(test)]
#[path = "wake_by_pipe_tests.rs"]
mod tests;
