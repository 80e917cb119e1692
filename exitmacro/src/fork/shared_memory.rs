//! The memory that a process shares with all processes that are forked from it: which of them may
//! run the handlers, and a place for each child.

use crate::fork::child::Child;
use crate::fork::identity;
use crate::handler::clock::Moment;
use crate::sys;
use crate::times::ADOPTING_TIMEOUT;
use std::sync::atomic::{AtomicU64, Ordering};

/// No process can claim the handlers any more: they have run.
pub(super) const SPENT: u64 = 0;

/// The claim is changing, for the time of two stores.
pub(super) const CHANGING: u64 = u64::MAX;

/// The place of a child for which there is none. No child is found there.
pub(super) const NO_PLACE: usize = usize::MAX;

/// The memory.
#[derive(Clone, Copy)]
pub(super) struct SharedMemory {
    words: &'static [AtomicU64; Self::HEAD],
    children: &'static [[AtomicU64; Child::WORDS]],
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
        let (words, children) = sys::shared_memory(Self::WORDS)?.split_first_chunk()?;
        let (children, _) = children.as_chunks();
        Some(Self { words, children })
    }

    /// The process that may run the handlers, or [`SPENT`].
    pub(super) fn claim_word(&self) -> &AtomicU64 {
        &self.words[0]
    }

    /// The last registration that the latest process to adopt had inherited.
    fn adopted_up_to(&self) -> &AtomicU64 {
        &self.words[1]
    }

    /// The first adoptions: the process whose handlers were adopted, and up to which registration.
    fn adoptions(&self) -> &[[AtomicU64; 2]] {
        self.words[6..].as_chunks().0
    }

    /// Notes that a process adopts the handlers of `owner`, up to this registration. For the
    /// process that is changing the claim.
    pub(super) fn note_adoption(&self, owner: u64, up_to: u64) {
        self.adopted_up_to().store(up_to, Ordering::Release);
        let mut free = self.adoptions().iter().filter(|[of, _]| of.load(Ordering::Relaxed) == 0);
        if let Some([of, its_up_to]) = free.next() {
            its_up_to.store(up_to, Ordering::Relaxed);
            of.store(owner, Ordering::Release);
        }
    }

    /// The last registration of `owner` that was adopted. After more adoptions than are noted, that
    /// of the latest one: a handler that `owner` registered since may be missed then, and none runs
    /// twice.
    pub(super) fn adopted_from(&self, owner: u64) -> u64 {
        let noted = self.adoptions().iter().find(|[of, _]| of.load(Ordering::Acquire) == owner);
        noted.map_or(self.adopted_up_to(), |[_, up_to]| up_to).load(Ordering::Acquire)
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

    pub(super) fn child(&self, place: usize) -> Option<Child> {
        self.children.get(place).map(Child)
    }

    /// All children that have a place. Each of them may adopt the handlers.
    pub(super) fn children(&self) -> impl Iterator<Item = Child> {
        self.children.iter().map(Child)
    }

    /// Finds a place for the child with this number that is about to be forked.
    pub(super) fn place(&self, number: u64) -> usize {
        // Better to drop a child, for which the parent then does not wait, than to note none. A
        // living process whose end the system notes in its place keeps it.
        let found = self.reserve(number, Child::is_free);
        let Some((place, child)) = found.or_else(|| self.reserve(number, Child::may_be_replaced))
        else {
            return NO_PLACE;
        };
        self.next_place().store(place as u64 + 1, Ordering::Relaxed);
        child.expect(number);
        place
    }

    /// Reserves the next place that is free, in that sense, for the child with this number.
    #[inline(never)]
    fn reserve(&self, number: u64, is_free: fn(&Child, u64) -> bool) -> Option<(usize, Child)> {
        let first = self.next_place().load(Ordering::Relaxed) as usize;
        let mut places = (0..Self::PLACES).map(|step| (first + step) % Self::PLACES);
        places.find_map(|place| {
            let child = self.child(place)?;
            let found = child.state().load(Ordering::Acquire);
            (is_free(&child, found) && child.reserve(found, number)).then_some((place, child))
        })
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

#[cfg(test)]
#[path = "shared_memory_tests.rs"]
mod tests;
