//! What running handlers share with the run, without its lock: the number of the invocation in each
//! slot, and the exit status so far.
//!
//! A slot belongs to a running handler. It is not one of the slots of the table, which belong to
//! registered handlers.

use crate::handler::clock::Moment;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How many slots there are: so many handlers can run at the same time. A slot has a number of
/// eight bits.
const SLOTS: usize = 256;

/// The slot of a handler while no other handler runs.
pub(crate) const FIRST_SLOT: u8 = 0;

/// How many handlers may be leased at once. Their places are below it; the remainder that is taken
/// of a place tells the compiler so.
pub(crate) const LEASED: usize = 64;

/// The number of no invocation.
pub(crate) const NO_INVOCATION: u64 = 0;

/// What running handlers share with the run: the current invocations, and the exit status so far.
pub(crate) struct Live {
    invocations: [AtomicU64; SLOTS],
    /// When the handlers ended behind which leased ones began.
    ended: [AtomicU64; LEASED],
    code: AtomicU64,
    is_finished: AtomicBool,
}

/// Added to a known status. All zeroes at first, so that it takes no room in the file of a program.
const KNOWN: u64 = 1 << 32;

/// The process ends with a status that is not known.
const UNKNOWN: u64 = 1 << 33;

/// Stands for a status that is not known, where there must be one: it may have been a failure.
pub(crate) const PERHAPS_FAILED: i32 = 1;

impl Live {
    pub(crate) const fn new() -> Self {
        Self {
            invocations: [const { AtomicU64::new(NO_INVOCATION) }; SLOTS],
            ended: [const { AtomicU64::new(0) }; LEASED],
            code: AtomicU64::new(0),
            is_finished: AtomicBool::new(false),
        }
    }

    // The atomics are read and written separately; the lock of the run protects what must agree.
    // Hence `Relaxed`, except for the end of a leased handler and the next invocation, which are
    // written without that lock.

    pub(crate) fn set_invocation(&self, slot: u8, invocation: u64) {
        self.slot(slot).store(invocation, Ordering::Relaxed);
    }

    fn slot(&self, slot: u8) -> &AtomicU64 {
        &self.invocations[usize::from(slot)]
    }

    /// Ends an invocation in the first slot and begins the next one, of the leased handler at that
    /// place; `false` when the handler of the ended invocation was abandoned.
    pub(crate) fn pass(&self, invocation: u64, place: usize, now: Moment) -> bool {
        // The place of an abandoned handler that returns late may be that of another one by now.
        if !self.is_current(FIRST_SLOT, invocation) {
            return false;
        }
        self.ended[place % LEASED].store(now.to_bits(), Ordering::Relaxed);
        // A thread that sees the new number, by `invocation`, sees the time as well.
        self.slot(FIRST_SLOT)
            .compare_exchange(invocation, invocation + 1, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    /// When the handler ended before the leased one at that place.
    pub(crate) fn ended(&self, place: usize) -> Moment {
        Moment::from_bits(self.ended[place % LEASED].load(Ordering::Relaxed))
    }

    /// The number of the invocation in the slot.
    pub(crate) fn invocation(&self, slot: u8) -> u64 {
        self.slot(slot).load(Ordering::Acquire)
    }

    /// Whether the invocation in the slot is this one.
    pub(crate) fn is_current(&self, slot: u8, invocation: u64) -> bool {
        self.slot(slot).load(Ordering::Relaxed) == invocation
    }

    /// Ends an invocation for good; `false` when the next one has begun.
    pub(crate) fn abandon(&self, slot: u8, invocation: u64) -> bool {
        self.slot(slot)
            .compare_exchange(invocation, NO_INVOCATION, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// Whether the run has finished, to be read without its lock.
    pub(crate) fn is_finished(&self) -> bool {
        self.is_finished.load(Ordering::Acquire)
    }

    pub(crate) fn set_finished(&self, is_finished: bool) {
        self.is_finished.store(is_finished, Ordering::Release);
    }

    pub(crate) fn code(&self) -> Option<i32> {
        let code = self.code.load(Ordering::Relaxed);
        (code & KNOWN != 0).then(|| (code as u32).cast_signed())
    }

    pub(crate) fn set_code(&self, code: i32) {
        self.code.store(u64::from(code.cast_unsigned()) | KNOWN, Ordering::Relaxed);
    }

    /// Sets the status of an end of the process, where libc may not pass it.
    pub(crate) fn set_code_of_end(&self, code: Option<i32>) {
        match code {
            Some(code) => self.set_code(code),
            None => self.code.store(UNKNOWN, Ordering::Relaxed),
        }
    }

    /// Forgets the status: the process is not ending.
    pub(crate) fn forget_code(&self) {
        self.code.store(0, Ordering::Relaxed);
    }

    /// The status for a process that must end now, and must not report success in place of a
    /// failure.
    pub(crate) fn code_to_end_with(&self) -> i32 {
        let is_unknown = self.code.load(Ordering::Relaxed) == UNKNOWN;
        self.code().unwrap_or(if is_unknown { PERHAPS_FAILED } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    #[test]
    fn a_late_return_changes_no_time_of_a_later_lease() {
        let live = Live::new();
        let start = Moment::now();
        let after = |seconds| start.plus(Duration::from_secs(seconds));
        live.set_invocation(FIRST_SLOT, 7);
        assert!(live.pass(7, 0, after(1)));
        assert!(live.abandon(FIRST_SLOT, 8));
        live.set_invocation(FIRST_SLOT, 9);
        assert!(live.pass(9, 0, after(2)));
        assert!(!live.pass(8, 0, after(3)));
        assert_eq!(live.ended(0), after(2));
    }

    #[test]
    fn every_status_survives_the_encoding() {
        let live = Live::new();
        assert_eq!(live.code(), None);
        for code in [0, 1, -1, 143, 256, i32::MIN, i32::MAX] {
            live.set_code(code);
            assert_eq!((live.code(), live.code_to_end_with()), (Some(code), code));
        }
        live.forget_code();
        assert_eq!((live.code(), live.code_to_end_with()), (None, 0));
    }

    #[test]
    fn an_unknown_status_may_be_a_failure() {
        let live = Live::new();
        live.set_code_of_end(None);
        assert_eq!((live.code(), live.code_to_end_with()), (None, PERHAPS_FAILED));
        live.set_code_of_end(Some(0));
        assert_eq!((live.code(), live.code_to_end_with()), (Some(0), 0));
    }
}
