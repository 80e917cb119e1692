//! Futures that wait for something, each under a number.

use core::task::Waker;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What wakes the futures, by their numbers.
pub(crate) type Tasks = BTreeMap<u64, Waker>;

/// The numbers. None is given twice, also not in a forked child: a future that the child inherited
/// ends and removes nothing there.
pub(crate) struct Numbers {
    last: u64,
}

impl Numbers {
    pub(crate) const fn new() -> Self {
        Self { last: 0 }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

/// Wakes tasks, which is code of their runtimes: not under a lock, and a panic in one does not keep
/// the others from being woken.
pub(crate) fn wake(tasks: Tasks) {
    for task in tasks.into_values() {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| task.wake())) {
            // Not dropped: it could panic in turn.
            core::mem::forget(payload);
        }
    }
}
