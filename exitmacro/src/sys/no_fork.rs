//! What a system without `fork` answers to questions about it.

use crate::sys::{Relation, ThreadKey};
use core::ffi::c_void;
use core::ptr::NonNull;
use std::ffi::OsString;
use std::sync::atomic::AtomicU64;

pub(crate) fn at_fork(
    _prepare: extern "C" fn(),
    _parent: extern "C" fn(),
    _child: extern "C" fn(),
) -> bool {
    true
}

pub(crate) fn shared_memory(_words: usize) -> Option<&'static [AtomicU64]> {
    None
}

/// Nothing needs it where no child is forked.
pub(crate) fn memory_wiped_in_children(_bytes: usize) -> Option<NonNull<c_void>> {
    None
}

pub(crate) fn forget_writer() {}

/// No `fork` can leave the lock locked that std has for the environment.
pub(crate) fn initial_variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

pub(crate) fn note_exit_held(_by: ThreadKey) {}

pub(crate) fn note_inside_exit() {}

pub(crate) const fn thread_inside_exit() -> Option<ThreadKey> {
    None
}

pub(crate) const fn is_exit_held() -> bool {
    false
}

/// It may have ended, which its handle shows.
pub(crate) fn is_thread_gone<T>(_thread: &std::thread::JoinHandle<T>) -> bool {
    false
}

pub(crate) fn session_of(_process: u32) -> Option<Relation> {
    None
}

pub(crate) fn has_children() -> bool {
    false
}

pub(crate) fn has_no_parent_here() -> bool {
    false
}

pub(crate) fn clear_error() -> i32 {
    0
}

pub(crate) fn restore_error(_before: i32) -> bool {
    false
}

pub(crate) fn relation(_process: u32) -> Option<Relation> {
    None
}
