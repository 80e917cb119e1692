//! The memory that a process shares with all processes that are forked from it: which of them may
//! run the handlers, and a place for each child.

use crate::fork::identity::{self, me};
use crate::handler::clock::Moment;
use crate::sys;
use crate::times::{ADOPTING_TIMEOUT, ADOPTION_BY_DAEMON_TIMEOUT, ADOPTION_TIMEOUT};
use core::time::Duration;
use std::sync::atomic::{AtomicU64, Ordering};

/// No process can claim the handlers any more: they have run.
pub(super) const SPENT: u64 = 0;

/// The claim is changing, for the time of two stores.
pub(super) const CHANGING: u64 = u64::MAX;

/// The place of a child for which there is none.
pub(super) const NO_PLACE: usize = usize::MAX;

/// The memory.
pub(super) struct SharedMemory {
    words: &'static [AtomicU64],
}

impl SharedMemory {
    /// How many words come before the children.
    const HEAD: usize = 16;
    /// How many children may live at the same time and be seen. With the words before them, 64 KiB,
    /// of which a page is touched for 31 children.
    const PLACES: usize = 511;
    const WORDS: usize = Self::HEAD + Self::PLACES * Child::WORDS;

    /// Maps the memory; `None` where the system has none.
    pub(super) fn map() -> Option<Self> {
        Some(Self { words: sys::shared_memory(Self::WORDS)? })
    }

    /// The process that may run the handlers, or [`SPENT`].
    pub(super) fn claim_word(&self) -> &AtomicU64 {
        &self.words[0]
    }

    /// The last registration that the adopting process inherited.
    pub(super) fn adopted_up_to(&self) -> &AtomicU64 {
        &self.words[1]
    }

    /// The last number that was given to a process.
    pub(super) fn last_number(&self) -> &AtomicU64 {
        &self.words[2]
    }

    /// Where to look for a free place first.
    fn next_place(&self) -> &AtomicU64 {
        &self.words[3]
    }

    /// The process id of the owner, where its pid namespace is that of the loaded program; 0
    /// otherwise.
    pub(super) fn owner_process(&self) -> &AtomicU64 {
        &self.words[4]
    }

    /// Whether a process has said that no process will run the handlers.
    pub(super) fn is_loss_said(&self) -> &AtomicU64 {
        &self.words[5]
    }

    /// Notes the process id of the calling process, which owns the handlers.
    pub(super) fn note_owner_process(&self) {
        let is_same_namespace = identity::namespace() == 0;
        let process = if is_same_namespace { sys::process_id() } else { 0 };
        self.owner_process().store(u64::from(process), Ordering::Release);
    }

    /// Whether the handlers of `owner` are lost: it has ended without running them, and no process
    /// but the calling one, `me`, can adopt them. Returns its process id, once in all processes.
    pub(super) fn lost_by(&self, owner: u64, me: u64) -> Option<u32> {
        let process = self.owner_process().load(Ordering::Acquire) as u32;
        let now = Moment::now();
        let is_lost = owner != me
            && process != 0
            && identity::namespace() == 0
            // Before the claim is read: a process that has ended claims nothing any more.
            && sys::session_of(process).is_none()
            && self.claim_word().load(Ordering::Acquire) == owner
            && self.children().all(|child| child.adoption_timeout(now).is_none());
        (is_lost && self.is_loss_said().swap(1, Ordering::AcqRel) == 0).then_some(process)
    }

    pub(super) fn child(&self, place: usize) -> Child {
        let (children, _) = self.words[Self::HEAD..].as_chunks();
        Child(&children[place])
    }

    /// All children that have a place. Each of them may adopt the handlers.
    pub(super) fn children(&self) -> impl Iterator<Item = Child> {
        (0..Self::PLACES).map(|place| self.child(place))
    }

    /// Finds a place for the child with this number that is about to be forked.
    pub(super) fn place(&self, number: u64) -> usize {
        let first = self.next_place().load(Ordering::Relaxed) as usize;
        let find = |is_free: fn(&Child, u64) -> bool| {
            let mut places = (0..Self::PLACES).map(|step| (first + step) % Self::PLACES);
            places.find(|&place| {
                let child = self.child(place);
                let found = child.state().load(Ordering::Acquire);
                is_free(&child, found) && child.change(found, number << BITS | RESERVED)
            })
        };
        // Better to drop a child, for which the parent then does not wait, than to note none. A
        // living process whose end the system notes in its place keeps it.
        let Some(place) = find(Child::is_free).or_else(|| find(Child::may_be_replaced)) else {
            return NO_PLACE;
        };
        self.next_place().store(place as u64 + 1, Ordering::Relaxed);
        self.child(place).expect(number);
        place
    }

    /// Passes the claim to `to`, if `from` has it. Otherwise returns the process that has it.
    pub(super) fn hand_over(&self, from: u64, to: u64) -> Result<u64, u64> {
        // An adopting process that is killed between its two stores would leave the claim like
        // that. Then it counts as taken.
        let end = Moment::now().plus(ADOPTING_TIMEOUT);
        loop {
            match self.claim_word().compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            {
                Err(CHANGING) if Moment::now() < end => sys::wait_a_moment(),
                answer => return answer,
            }
        }
    }
}

// The lowest bits of the state of a child. Above them is its number.

const BITS: u32 = 3;
const MASK: u64 = (1 << BITS) - 1;

/// A place that the process which is about to fork fills in.
const RESERVED: u64 = 1;
/// Forked, or about to be, and has not started to run. A fork that fails gives its place back.
const EXPECTED: u64 = 2;
/// It has noted that it lives.
const ALIVE: u64 = 3;
/// Has not started to run, and `errno` was not zero after its fork: the fork failed, or a fork
/// handler of another library set `errno`.
const DOUBTFUL: u64 = 4;

/// The place of a child in the shared memory.
pub(super) struct Child(&'static [AtomicU64; Child::WORDS]);

impl Child {
    const WORDS: usize = 16;

    /// Its number and what is known of it; 0 for none.
    fn state(&self) -> &AtomicU64 {
        &self.0[0]
    }

    fn change(&self, old: u64, new: u64) -> bool {
        self.state().compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()
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
    fn forked_at(&self) -> Moment {
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
        let (_, end) = self.0.split_at(Self::WORDS - sys::NotedEnd::WORDS);
        sys::NotedEnd::at(end)
    }

    fn is_free(&self, state: u64) -> bool {
        match state & MASK {
            RESERVED => false,
            EXPECTED | DOUBTFUL => self.is_overdue_at(Moment::now()),
            ALIVE => self.end().has_come() == Some(true),
            _ => true,
        }
    }

    fn may_be_replaced(&self, state: u64) -> bool {
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
    fn expect(&self, number: u64) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> SharedMemory {
        SharedMemory::map().expect("there is memory")
    }

    fn states(shared: &SharedMemory) -> Vec<u64> {
        shared.children().map(|child| child.state().load(Ordering::Relaxed)).collect()
    }

    #[test]
    fn every_child_gets_a_place_until_there_is_none() {
        let shared = shared();
        let mut places: Vec<_> =
            (0..SharedMemory::PLACES as u64).map(|number| shared.place(number + 2)).collect();
        places.sort_unstable();
        assert!(places.into_iter().eq(0..SharedMemory::PLACES));
        let before = states(&shared);
        assert_eq!(shared.place(1_000), NO_PLACE);
        assert_eq!(states(&shared), before);
    }

    #[test]
    fn places_are_used_again_when_their_children_are_gone() {
        let shared = shared();
        for number in 0..SharedMemory::PLACES as u64 {
            shared.place(number + 2);
        }
        // One that never ran, and one whose fork failed.
        shared.child(7).0[1].store(0, Ordering::Relaxed);
        shared.child(9).state().store(0, Ordering::Relaxed);
        let mut again = [shared.place(1_000), shared.place(1_001)];
        again.sort_unstable();
        assert_eq!(again, [7, 9]);
        assert_eq!(shared.place(1_002), NO_PLACE);
        // One whose fork may have failed, or whose end nothing notes, gives way when there is no
        // other place.
        shared.child(5).state().store(6 << BITS | DOUBTFUL, Ordering::Relaxed);
        shared.child(5).0[1].store(Moment::now().to_bits(), Ordering::Relaxed);
        assert_eq!(shared.place(1_004), 5);
        shared.child(3).state().store(5 << BITS | ALIVE, Ordering::Relaxed);
        assert_eq!(shared.place(1_003), 3);
    }

    #[test]
    fn a_claim_that_changes_hands_is_waited_for_and_not_for_ever() {
        let shared = shared();
        shared.claim_word().store(CHANGING, Ordering::Relaxed);
        let since = Moment::now();
        assert_eq!(shared.hand_over(2, 3), Err(CHANGING));
        assert!(
            Moment::now().since(since) >= Duration::from_millis(500),
            "the adopting process had no time to finish"
        );
        shared.claim_word().store(2, Ordering::Relaxed);
        assert_eq!((shared.hand_over(2, 3), shared.hand_over(2, 3)), (Ok(2), Err(3)));
    }

    #[cfg(unix)]
    #[test]
    fn handlers_are_lost_when_their_owner_is_gone_and_no_process_is_left_for_them() {
        const OWNER: u64 = 77;
        let (shared, me) = (shared(), OWNER + 1);
        let mut child = std::process::Command::new("true").spawn().expect("it starts");
        let gone = child.id();
        child.wait().expect("it ends");
        shared.claim_word().store(OWNER, Ordering::Relaxed);
        assert_eq!(shared.lost_by(OWNER, me), None, "its process id is not known");
        shared.owner_process().store(u64::from(std::process::id()), Ordering::Relaxed);
        assert_eq!(shared.lost_by(OWNER, me), None, "it lives");
        shared.owner_process().store(u64::from(gone), Ordering::Relaxed);
        assert_eq!(shared.lost_by(OWNER, OWNER), None, "the owner itself asks");
        shared.claim_word().store(SPENT, Ordering::Relaxed);
        assert_eq!(shared.lost_by(OWNER, me), None, "they have run");
        shared.claim_word().store(OWNER, Ordering::Relaxed);
        let place = shared.place(me + 1);
        shared.child(place).0[2].store(me + 2, Ordering::Relaxed);
        assert_eq!(shared.lost_by(OWNER, me), None, "another child may adopt them");
        shared.child(place).state().store(0, Ordering::Relaxed);
        assert_eq!(shared.lost_by(OWNER, me), Some(gone));
        assert_eq!(shared.lost_by(OWNER, me), None, "it was said");
    }

    #[test]
    fn nothing_is_waited_for_but_children() {
        let shared = shared();
        let now = Moment::now();
        assert!(shared.children().all(|child| child.adoption_timeout(now).is_none()));
        let place = shared.place(me() + 1);
        let child = shared.child(place);
        // Another process forked it, or else it matters whether the tests have children.
        child.0[2].store(me() + 2, Ordering::Relaxed);
        assert_eq!(child.adoption_timeout(Moment::now()), Some(Duration::MAX));
        assert_eq!(child.adoption_timeout(Moment::now().plus(ADOPTION_BY_DAEMON_TIMEOUT)), None);
        // One whose fork may have failed.
        child.state().store((me() + 1) << BITS | DOUBTFUL, Ordering::Relaxed);
        let forked_at = child.forked_at();
        let adoption_timeout = [0, 49, 50, 999, 1_000].map(|milliseconds| {
            child.adoption_timeout(forked_at.plus(Duration::from_millis(milliseconds)))
        });
        let short = Some(Duration::from_millis(50));
        assert_eq!(
            adoption_timeout,
            [Some(Duration::MAX), Some(Duration::MAX), short, short, None]
        );
        child.state().store(me() << BITS | EXPECTED, Ordering::Relaxed);
        assert_eq!(child.adoption_timeout(Moment::now()), None);
    }
}
