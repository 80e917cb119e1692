//! The place of a child in the memory that processes share: whether it lives, and may adopt the
//! handlers.

use crate::fork::identity::{self, me};
use crate::handler::clock::Moment;
use crate::sys;
use crate::times::{ADOPTION_BY_DAEMON_TIMEOUT, ADOPTION_TIMEOUT};
use core::time::Duration;
use std::sync::atomic::{AtomicU64, Ordering};

// The lowest bits of the state of a child. Above them is its number.

pub(super) const BITS: u32 = 3;
const MASK: u64 = (1 << BITS) - 1;

/// A place that the process which is about to fork fills in.
const RESERVED: u64 = 1;
/// Forked, or about to be, and has not started to run. A fork that fails gives its place back.
pub(super) const EXPECTED: u64 = 2;
/// It has noted that it lives.
pub(super) const ALIVE: u64 = 3;
/// Has not started to run, and `errno` was not zero after its fork: the fork failed, or a fork
/// handler of another library set `errno`.
pub(super) const DOUBTFUL: u64 = 4;

/// The place of a child in the shared memory.
pub(super) struct Child(pub(super) &'static [AtomicU64; Child::WORDS]);

impl Child {
    pub(super) const WORDS: usize = 16;

    /// Its number and what is known of it; 0 for none.
    pub(super) fn state(&self) -> &AtomicU64 {
        &self.0[0]
    }

    fn change(&self, old: u64, new: u64) -> bool {
        self.state().compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Takes the place for the child with this number, if its state is still `found`.
    pub(super) fn reserve(&self, found: u64, number: u64) -> bool {
        self.change(found, number << BITS | RESERVED)
    }

    /// Notes in the parent that the fork of the child with this number may have failed; gives the
    /// place back if no such child can exist. A child that exists after all may have noted it by
    /// now.
    pub(super) fn doubt(&self, number: u64, may_exist: bool) {
        self.change(
            number << BITS | EXPECTED,
            if may_exist { number << BITS | DOUBTFUL } else { 0 },
        );
    }

    /// Notes in the child with this number that it lives; `false` when a child that starts to run
    /// too late finds its place taken.
    pub(super) fn comes_to_life(&self, number: u64) -> bool {
        // The parent may note its doubt in between, but only once.
        [EXPECTED, DOUBTFUL]
            .iter()
            .any(|from| self.change(number << BITS | from, number << BITS | ALIVE))
    }

    /// When its fork began.
    pub(super) fn forked_at(&self) -> Moment {
        Moment::from_bits(self.0[1].load(Ordering::Relaxed))
    }

    /// The process that forked it.
    fn parent(&self) -> u64 {
        self.0[2].load(Ordering::Relaxed)
    }

    /// Its process id, which has a meaning in its pid namespace only; 0 until the child has noted
    /// it.
    pub(super) fn process(&self) -> &AtomicU64 {
        &self.0[3]
    }

    pub(super) fn namespace(&self) -> &AtomicU64 {
        &self.0[4]
    }

    /// Where the system notes that it has ended or become another program.
    pub(super) fn end(&self) -> sys::NotedEnd {
        let [_, _, _, _, _, end @ ..] = self.0;
        sys::NotedEnd::at(end)
    }

    pub(super) fn is_free(&self, state: u64) -> bool {
        match state & MASK {
            RESERVED => false,
            EXPECTED | DOUBTFUL => self.is_overdue_at(Moment::now()),
            ALIVE => self.end().has_come() == Some(true),
            _ => true,
        }
    }

    pub(super) fn may_be_replaced(&self, state: u64) -> bool {
        match state & MASK {
            ALIVE => self.end().has_come().is_none(),
            what => what == DOUBTFUL,
        }
    }

    /// Whether it should have started to run by now. It was killed at once, or was never forked.
    fn is_overdue_at(&self, now: Moment) -> bool {
        now.since(self.forked_at()) >= ADOPTION_BY_DAEMON_TIMEOUT
    }

    /// Fills in the place for a child that is about to be forked.
    pub(super) fn expect(&self, number: u64) {
        self.process().store(0, Ordering::Relaxed);
        self.end().forget();
        self.0[1].store(Moment::now().to_bits(), Ordering::Relaxed);
        self.0[2].store(me(), Ordering::Relaxed);
        self.state().store(number << BITS | EXPECTED, Ordering::Release);
    }

    /// How long the calling process, which owns the handlers and ends, waits for this child.
    pub(super) fn adoption_timeout(&self, now: Moment) -> Option<Duration> {
        let state = self.state().load(Ordering::Acquire);
        if state >> BITS == me() {
            return None;
        }
        let process = self.process().load(Ordering::Acquire);
        let relation = match state & MASK {
            RESERVED => return Some(ADOPTION_BY_DAEMON_TIMEOUT),
            ALIVE if process != 0 => self.relation(process as u32)?,
            // Without any child, the calling process has not forked it, or knows of its end.
            EXPECTED | ALIVE | DOUBTFUL
                if self.is_overdue_at(now) || (self.parent() == me() && !sys::has_children()) =>
            {
                return None;
            }
            // Not for long, but also when the exit began long before that fork, which another child
            // made.
            DOUBTFUL if now.since(self.forked_at()) >= ADOPTION_TIMEOUT => {
                return Some(ADOPTION_TIMEOUT);
            }
            EXPECTED | ALIVE | DOUBTFUL => return Some(Duration::MAX),
            _ => return None,
        };
        Some(match relation {
            sys::Relation::SameSession => ADOPTION_TIMEOUT,
            sys::Relation::OtherSession => ADOPTION_BY_DAEMON_TIMEOUT,
        })
    }

    /// How it is related to the calling process, if it lives and is the same program.
    fn relation(&self, process: u32) -> Option<sys::Relation> {
        let has_that_id_here = self.namespace().load(Ordering::Relaxed) == identity::namespace();
        match self.end().has_come() {
            Some(true) => None,
            // The longer wait, where its session cannot be read.
            Some(false) if has_that_id_here => sys::session_of(process),
            None if has_that_id_here => sys::relation(process),
            Some(false) | None => Some(sys::Relation::OtherSession),
        }
    }
}
