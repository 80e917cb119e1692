//! What happens to the content of a guard: one word, which decides which thread runs it.
//!
//! Two sides change it: the owner, which is the thread that has the guard, and the handler at exit.
//! A thread touches the content only after it has changed the word. So no two threads ever wait for
//! the same content, also in a forked child that inherited it in the middle of a change.

use crate::registry::Unregistered;
use std::sync::atomic::{AtomicU8, Ordering};

/// The word. A trait, so that tests can try all interleavings.
pub(super) trait Word {
    /// Sets it to `new` if it is `old`; otherwise it stays, and its value is returned as the error.
    fn change(&self, old: u8, new: u8) -> Result<u8, u8>;

    fn read(&self) -> u8;
}

impl Word for AtomicU8 {
    fn change(&self, old: u8, new: u8) -> Result<u8, u8> {
        self.compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire)
    }

    fn read(&self) -> u8 {
        self.load(Ordering::Acquire)
    }
}

const WAITING: u8 = 0;
/// The end of the scope runs the function.
pub(super) const IN_SCOPE: u8 = 1;
/// The exit run runs the function.
pub(super) const AT_EXIT: u8 = 2;
const DONE: u8 = 3;
const DEFUSED: u8 = 4;
/// The owner has locked the value.
const LOCKED: u8 = 5;
/// The owner has locked the value, and the exit run waits for it.
const AWAITED: u8 = 6;

/// What the handler at exit finds.
pub(super) enum AtExit {
    /// It runs the function.
    Claimed,
    /// It gets the value when the owner unlocks it, see [`Fate::is_awaited`].
    Locked,
    /// The end of the scope runs the function.
    InScope,
    /// The function was run or cancelled.
    Ended,
}

/// What happens to the function.
pub(super) struct Fate<W>(W);

impl Fate<AtomicU8> {
    pub(super) const fn new() -> Self {
        Self(AtomicU8::new(WAITING))
    }
}

impl<W: Word> Fate<W> {
    /// For the owner: whether it runs the function now, at the end of the scope.
    pub(super) fn claim_in_scope(&self) -> bool {
        self.0.change(WAITING, IN_SCOPE).is_ok()
    }

    /// For the handler.
    pub(super) fn claim_at_exit(&self) -> AtExit {
        loop {
            match self.0.read() {
                WAITING if self.0.change(WAITING, AT_EXIT).is_ok() => return AtExit::Claimed,
                LOCKED if self.0.change(LOCKED, AWAITED).is_ok() => return AtExit::Locked,
                // The owner has changed it in between.
                WAITING | LOCKED => {}
                IN_SCOPE => return AtExit::InScope,
                _ => return AtExit::Ended,
            }
        }
    }

    /// For the owner: whether it may use the value, until [`unlock`](Self::unlock).
    pub(super) fn lock(&self) -> bool {
        self.0.change(WAITING, LOCKED).is_ok()
    }

    /// For the owner. An exit run that waits for the value gets it.
    pub(super) fn unlock(&self) {
        while self.0.change(LOCKED, WAITING).is_err() && self.0.change(AWAITED, AT_EXIT).is_err() {}
    }

    /// For the handler that found it locked.
    pub(super) fn is_awaited(&self) -> bool {
        self.0.read() == AWAITED
    }

    /// For the handler that found it locked: whether the owner keeps the value.
    pub(super) fn stop_waiting(&self) -> bool {
        self.0.change(AWAITED, LOCKED).is_ok()
    }

    /// Whether the function is the handler's.
    pub(super) fn is_at_exit(&self) -> bool {
        self.0.read() == AT_EXIT
    }

    /// For the owner: whether the function was not run and will not be. Otherwise, how far it is.
    pub(super) fn defuse(&self) -> Unregistered {
        loop {
            match self.0.read() {
                // A value that is locked although its owner calls this: its lock was leaked.
                state @ (WAITING | LOCKED | AWAITED) => {
                    if self.0.change(state, DEFUSED).is_ok() {
                        return Unregistered::Removed;
                    }
                }
                IN_SCOPE | AT_EXIT => return Unregistered::Running,
                _ => return Unregistered::Finished,
            }
        }
    }

    /// For the thread that runs it.
    pub(super) fn set_done(&self, runs: u8) {
        _ = self.0.change(runs, DONE);
    }

    /// Whether the end of the scope is running it.
    pub(super) fn is_in_scope(&self) -> bool {
        self.0.read() == IN_SCOPE
    }
}

#[cfg(test)]
#[path = "fate_tests.rs"]
mod tests;
