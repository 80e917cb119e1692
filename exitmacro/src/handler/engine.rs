//! What runs the handlers, as pointers: handlers lead to it, and nothing else does before one is
//! registered, so that a program with nothing to run does not contain it.

use crate::sys::ThreadKey;

/// The pointers.
#[derive(Debug)]
pub(crate) struct Engine {
    /// Called before `main`, where handlers are declared.
    pub(crate) at_load: fn(),
    /// The hook, on the exiting thread, with the status where libc tells it.
    pub(crate) process_ends: fn(Option<i32>),
    /// Called when the process has ended, with nothing to run, before the engine was needed: by
    /// that thread, which came with that status.
    pub(crate) has_ended: fn(ThreadKey, Option<i32>),
}
