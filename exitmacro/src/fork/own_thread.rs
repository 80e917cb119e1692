//! The handle of a thread that only one process has.

use crate::fork::generation;
use core::ops::Deref;
use std::thread::JoinHandle;

/// The handle of a thread of std. A drop in the process that has the thread detaches it, as a drop
/// of the bare handle does. A drop in a forked child does nothing: glibc gives the `pthread_t` of
/// the parent's thread to a new thread of the child, which would be detached in its place.
#[derive(Debug)]
pub(crate) struct OwnThread<T> {
    /// `None` once it was taken out.
    handle: Option<JoinHandle<T>>,
    /// The process that has the thread.
    generation: u32,
}

impl<T> OwnThread<T> {
    /// Of a thread that the calling process has started.
    pub(crate) fn new(handle: JoinHandle<T>) -> Self {
        Self { handle: Some(handle), generation: generation::current() }
    }

    /// Whether the calling process has the thread.
    pub(crate) fn is_here(&self) -> bool {
        self.generation == generation::current()
    }

    /// The bare handle, to join the thread.
    pub(crate) fn into_handle(mut self) -> JoinHandle<T> {
        self.handle.take().expect("the handle is taken once")
    }
}

impl<T> Deref for OwnThread<T> {
    type Target = JoinHandle<T>;

    fn deref(&self) -> &JoinHandle<T> {
        self.handle.as_ref().expect("the handle is taken at the end")
    }
}

impl<T> Drop for OwnThread<T> {
    fn drop(&mut self) {
        if !self.is_here() {
            core::mem::forget(self.handle.take());
        }
    }
}
