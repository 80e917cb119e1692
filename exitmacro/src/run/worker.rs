//! A thread that executes handlers.

use crate::report::HandlerThread;
use crate::sys::{self, ThreadKey, ThreadWatch};

/// A thread that executes handlers.
#[derive(Clone, Copy)]
pub(super) struct Worker {
    pub(super) thread: ThreadKey,
    pub(super) watch: ThreadWatch,
    pub(super) on: HandlerThread,
    /// Which of the runners it is.
    pub(super) runner: Option<u32>,
}

impl Worker {
    /// The calling thread, which triggered the run. No thread looks whether std has parked it: only
    /// the one that keeps the clock looks, which is the caller itself, or a runner that gives the
    /// caller up by its time.
    pub(super) fn caller() -> Self {
        Self {
            thread: sys::thread_key(),
            watch: ThreadWatch::of_none(),
            on: HandlerThread::Caller,
            runner: None,
        }
    }

    /// The calling thread, which is this runner.
    pub(super) fn runner(number: u32) -> Self {
        Self {
            thread: sys::thread_key(),
            watch: ThreadWatch::current(),
            on: HandlerThread::Runner,
            runner: Some(number),
        }
    }
}
