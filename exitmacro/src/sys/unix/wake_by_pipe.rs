//! Wakes a thread from an OS signal handler, by a byte in a pipe. A forked child shares the pipe,
//! so the posting process makes sure that it is not one.

use std::io::{self, PipeReader, Read};
use std::os::fd::{AsRawFd, IntoRawFd};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, Ordering};

pub(crate) struct Wake {
    writer: AtomicI32,
    reader: Mutex<Option<PipeReader>>,
}

impl Wake {
    pub(crate) const fn new() -> Self {
        Self { writer: AtomicI32::new(-1), reader: Mutex::new(None) }
    }

    /// For use before the first wait. Both ends are closed in programs that are executed.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        let (reader, writer) = io::pipe()?;
        // A full pipe has been posted to often enough: the OS handler must not wait for a reader.
        // SAFETY: the pipe is this crate's, and no other code has its writing end yet.
        if unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } != 0 {
            return Err(io::Error::last_os_error());
        }
        *self.reader.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(reader);
        self.writer.store(writer.into_raw_fd(), Ordering::Release);
        Ok(())
    }

    /// Wakes the waiting thread, now or at its next wait. Async-signal-safe; never waits.
    pub(crate) fn post(&self) {
        // SAFETY: the buffer is one byte long. signal-hook restores an `errno` that this sets.
        unsafe { libc::write(self.writer.load(Ordering::Acquire), b"!".as_ptr().cast(), 1) };
    }

    /// Waits for one post.
    pub(crate) fn wait(&self) {
        if let Some(reader) =
            &mut *self.reader.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
        {
            // It fails when the program closed all descriptors; then signals are not noticed any
            // more.
            if reader.read_exact(&mut [0]).is_err() {
                super::park_forever();
            }
        }
    }
}
