//! Waits for the end of a thread by its handle.

use crate::sys::PlainThread;
use std::thread::JoinHandle;

/// A thread of this process that is about to end.
#[derive(Clone, Copy)]
pub(crate) struct EndingThread;

impl EndingThread {
    /// The calling thread.
    pub(crate) fn current() -> Self {
        Self
    }

    /// Waits until the thread has ended.
    pub(crate) fn join(self, thread: JoinHandle<()>) {
        // A panic was reported when it happened.
        _ = thread.join();
    }

    /// The same for a thread that std does not know.
    pub(crate) fn join_plain(self, thread: PlainThread) {
        thread.join();
    }
}
