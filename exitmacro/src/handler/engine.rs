//! What runs the handlers, as pointers, so that a program with nothing to run does not contain it.
//!
//! This is the type. `process/engine.rs` has its one value, which each declared handler leads to,
//! and `engine.rs` is where the hook finds it.

use crate::sys::ThreadKey;

/// The pointers.
#[derive(Debug)]
pub(crate) struct Engine {
    /// Called before `main`, where handlers are declared.
    pub(crate) at_load: fn(),
    /// The hook, on the exiting thread, with the status where libc passes it.
    pub(crate) process_ends: fn(Option<i32>),
    /// Called when the process has ended, with nothing to run, before the engine was needed: by
    /// that thread, which came with that status.
    pub(crate) has_ended: fn(ThreadKey, Option<i32>),
    /// Called when libc's list of functions has come to its end.
    #[cfg(libc_passes_status)]
    pub(crate) list_ends: fn(),
    /// Called when the process ends by `ExitProcess` of another module.
    #[cfg(windows)]
    pub(crate) process_detaches: fn(),
}
