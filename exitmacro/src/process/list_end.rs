//! The end of libc's list of functions, where a thread gets that finds no hook: other threads have
//! taken all copies off the list, and have not put the hook back yet.

use crate::handler::clock::Moment;
use crate::sys;
use crate::times::HOOK_TIMEOUT;
use std::sync::atomic::{AtomicI64, Ordering};

/// The status with which a thread came to the hook last, or [`NONE_CAME`].
static STATUS: AtomicI64 = AtomicI64::new(NONE_CAME);
const NONE_CAME: i64 = i64::MAX;

/// To be called first of all in the hook.
pub(super) fn note(status: Option<i32>) {
    if let Some(status) = status {
        STATUS.store(i64::from(status), Ordering::Relaxed);
    }
}

/// The status of another thread: libc does not tell it here. The other thread has left the list and
/// is about to call the hook, so that it takes a moment at most. Where libc had no memory for the
/// hook, no thread comes.
#[cold]
pub(super) fn status_of_other() -> Option<i32> {
    let end = Moment::now().plus(HOOK_TIMEOUT);
    loop {
        let status = i32::try_from(STATUS.load(Ordering::Relaxed)).ok();
        if status.is_some() || Moment::now() >= end {
            return status;
        }
        sys::wait_a_moment();
    }
}
