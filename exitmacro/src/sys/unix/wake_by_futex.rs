//! Wakes a thread from an OS signal handler, by a number in memory. A forked child shares none of
//! it, unlike a pipe.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) struct Wake(AtomicU32);

impl Wake {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// For use before the first wait.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "other systems need something that may not be there"
    )]
    pub(crate) fn prepare(&self) -> io::Result<()> {
        self.0.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// Wakes the waiting thread, now or at its next wait. Async-signal-safe; does not change
    /// `errno`, because the call cannot fail.
    pub(crate) fn post(&self) {
        self.0.fetch_add(1, Ordering::Release);
        // SAFETY: the address is that of a live word; waking reads nothing from it.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.0.as_ptr(),
                libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
                1,
            )
        };
    }

    /// Waits for one post.
    pub(crate) fn wait(&self) {
        loop {
            let posted = self.0.load(Ordering::Acquire);
            if posted > 0 {
                self.0.fetch_sub(1, Ordering::Relaxed);
                return;
            }
            // SAFETY: the address is that of a live word; a null time means to wait for ever.
            unsafe {
                libc::syscall(
                    libc::SYS_futex,
                    self.0.as_ptr(),
                    libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
                    0,
                    core::ptr::null::<u8>(),
                )
            };
        }
    }
}
