//! The handlers that were registered at run time, as one value.
//!
//! A slot map: registering takes a free slot or appends one, unregistering looks at one slot, both
//! in constant time at any size. Nothing is kept sorted; the run sorts once, when it begins. A
//! sequence number that is never used twice makes every id unique, also when its slot is used
//! again.
//!
//! [`Table`] knows no lock and calls nothing of the user: entries go in and come out as values, and
//! the thread that takes one out drops or calls it after it has released the lock.

use crate::error::RegisterError;
use crate::handler::id::HandlerId;
use crate::handler::ordered_by::OrderedBy;
use crate::handler::priority;
use crate::handler::raw::Action;
use crate::handler::{Queued, Rank};
use crate::registry::entry::{Entry, Label, Metadata};
use crate::registry::inheritance::Inheritance;
use crate::registry::labels::Labels;
use crate::registry::lent::Lent;
use crate::registry::slots::{CHUNK, Removal, Slots, Unregistered};
use crate::sys::push_reserved;
use std::collections::BinaryHeap;

/// Whether the run has not begun, is running, or has finished.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    Running,
    Closed,
}

/// What each registration and each thread that takes one back changes comes first: with the lock
/// it fits into one line of the processor's cache, so that two processors hand over no more.
#[repr(C)]
pub(crate) struct Table {
    pub(super) slots: Slots,
    last_sequence: u64,
    /// Closes the lane, while it is open. A pointer, so that programs without lanes do not contain
    /// that.
    pub(super) close_lane: Option<fn(&mut Self)>,
    /// How many handlers the calling process may run.
    pub(super) runnable: u32,
    phase: Phase,
    /// Whether all have the priority of most, and are in the order of their slots, the newest last.
    /// Once something else was registered or a gap was left, `false`.
    is_in_order: bool,
    pub(super) inheritance: Inheritance,
    /// Registered since the run began. It may name handlers that are gone, but not many more than
    /// wait.
    late: BinaryHeap<Rank>,
    /// Up to here, the order has seen the registrations.
    ordered_up_to: u64,
    /// Up to here, registrations are in the queue of the run.
    pub(super) queued_up_to: u64,
    /// The process that registered what is in here; 0 before the first registration.
    owner: u64,
    /// What puts in order all that was ever in here, where sorting does not.
    ordered_by: Option<OrderedBy>,
    /// Unregistered since the run began, and not yet reported to the order.
    gone: Vec<HandlerId>,
    /// Of those that were [taken for a lease](Self::begin_leased), and that the run has not heard
    /// of yet.
    pub(super) leased: Labels,
    pub(super) lent: Lent,
}

impl Table {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Slots::new(),
            last_sequence: 0,
            runnable: 0,
            phase: Phase::Open,
            is_in_order: true,
            inheritance: Inheritance::new(),
            late: BinaryHeap::new(),
            ordered_up_to: 0,
            queued_up_to: u64::MAX,
            owner: 0,
            ordered_by: None,
            gone: Vec::new(),
            leased: Labels::new(),
            lent: Lent::new(),
            close_lane: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.runnable == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.runnable as usize
    }

    /// Whether one more handler may be put in. To be asked first, so that a refused one stays with
    /// the caller, who drops it after the lock. The insertion allocates nothing then.
    #[inline]
    pub(super) fn make_room(&mut self) -> Result<(), RegisterError> {
        if self.phase == Phase::Closed {
            return Err(RegisterError::Finished);
        }
        let has_room = self.slots.make_room()
            && (self.phase == Phase::Open || self.late.try_reserve(1).is_ok());
        if has_room { Ok(()) } else { Err(RegisterError::OutOfMemory) }
    }

    /// Puts a handler in, if there is [room](Self::make_room).
    #[inline]
    pub(super) fn insert(&mut self, action: Action, metadata: Metadata) -> HandlerId {
        self.last_sequence += 1;
        if let Some(ordered_by) = metadata.options().ordered_by {
            self.ordered_by.get_or_insert(ordered_by);
        }
        let priority = metadata.priority();
        if priority != priority::DEFAULT {
            self.is_in_order = false;
        }
        let rank = Rank { priority, sequence: self.last_sequence, index: self.slots.next_index() };
        if self.slots.insert(Entry::new(action, metadata, rank.sequence)) {
            self.runnable += 1;
        }
        if self.phase == Phase::Running {
            self.recall();
            self.late.push(rank);
        }
        HandlerId::of(rank)
    }

    /// Takes back a handler on behalf of the user, and remembers that for
    /// [`next_gone`](Self::next_gone).
    #[inline]
    pub(super) fn unregister(&mut self, id: HandlerId) -> Removal {
        // Apart, so that what is removed is moved once.
        if self.phase == Phase::Open { self.remove_waiting(id) } else { self.unregister_in_run(id) }
    }

    #[cold]
    #[inline(never)]
    fn unregister_in_run(&mut self, id: HandlerId) -> Removal {
        self.recall();
        let removal = self.remove_waiting(id);
        if self.phase == Phase::Running && removal.found() == Unregistered::Removed {
            self.note_unregistered(id);
        }
        removal
    }

    #[inline(always)]
    fn remove_waiting(&mut self, id: HandlerId) -> Removal {
        let Self { slots, inheritance, runnable, is_in_order, .. } = self;
        let note = |is_last: bool| {
            *runnable -= 1;
            // The next one that is registered comes into this slot.
            if !is_last {
                *is_in_order = false;
            }
        };
        slots.remove(id, |entry| inheritance.owns(entry), note)
    }

    #[cold]
    fn note_unregistered(&mut self, id: HandlerId) {
        // What the order has not seen yet it will not see, and nothing waits for it. Without memory
        // for the others, the handlers that wait for this one wait until the order reaches it.
        let is_in_order = self.ordered_by.is_some() && id.sequence() <= self.ordered_up_to;
        if is_in_order && self.gone.try_reserve(1).is_ok() {
            self.gone.push(id);
        }
        // So rarely that it takes constant time on average, whatever a handler registers and
        // unregisters.
        if self.late.len() > 2 * self.len() + 64 {
            let Self { slots, inheritance, late, .. } = self;
            late.retain(|&rank| slots.entry(rank).is_some_and(|entry| inheritance.owns(entry)));
        }
    }

    pub(crate) fn has_gone(&self) -> bool {
        !self.gone.is_empty()
    }

    pub(crate) fn next_gone(&mut self) -> Option<HandlerId> {
        self.gone.pop()
    }

    /// The handler at that rank, if it waits.
    #[inline]
    pub(crate) fn entry(&self, rank: Rank) -> Option<&Entry> {
        self.slots.entry(rank)
    }

    /// Of the waiting handlers, in the order of their slots, the last one first. As long as no slot
    /// was used twice that is the newest first.
    pub(crate) fn ranks(&self) -> impl Iterator<Item = Rank> + '_ {
        let own = self.slots.entries().filter(|(_, entry)| self.inheritance.owns(entry));
        own.map(|(index, entry)| entry.rank(index))
    }

    /// Visits the [ranks](Self::ranks), in fewer instructions for each.
    #[inline]
    pub(crate) fn visit_ranks(&self, mut visit: impl FnMut(Rank)) {
        for chunk in (0..self.slots.chunks()).rev() {
            self.slots.visit_chunk(chunk, u64::MAX, |index, entry| {
                if self.inheritance.owns(entry) {
                    visit(entry.rank(index));
                }
            });
        }
    }

    /// Whether the [ranks](Self::ranks) are in run order, as far as that is known.
    pub(crate) fn is_in_order(&self) -> bool {
        self.is_in_order
    }

    /// How many chunks of slots there are.
    pub(crate) fn chunks(&self) -> usize {
        self.slots.chunks()
    }

    /// Appends what waits in the last of these chunks to the queue, where the table
    /// [is in order](Self::is_in_order): until these are at least so many handlers, or there is no
    /// memory for more. Returns how many chunks are left.
    pub(crate) fn enqueue(&self, chunks: usize, count: usize, queue: &mut Vec<Queued>) -> usize {
        let enough = queue.len().saturating_add(count);
        let mut left = chunks;
        while let Some(last) = left.checked_sub(1)
            && queue.len() < enough
        {
            // There is room for all that waited when the run began.
            if queue.capacity() - queue.len() < CHUNK && queue.try_reserve(CHUNK).is_err() {
                break;
            }
            self.slots.visit_chunk(last, self.queued_up_to, |slot, entry| {
                if self.inheritance.owns(entry) {
                    push_reserved(queue, Queued::registered(slot));
                }
            });
            left = last;
        }
        left
    }

    /// The registered handler in the queue, if it waits.
    #[inline]
    pub(crate) fn queued(&self, handler: Queued) -> Option<&Entry> {
        self.slots.waiting_up_to(handler.index(), self.queued_up_to)
    }

    /// Its rank.
    #[inline]
    pub(crate) fn rank_of_queued(&self, handler: Queued) -> Option<Rank> {
        self.queued(handler).map(|entry| entry.rank(handler.index()))
    }

    /// The rank of whatever waits in that slot.
    pub(crate) fn rank_in(&self, slot: u32) -> Option<Rank> {
        self.slots.waiting_up_to(slot, u64::MAX).map(|entry| entry.rank(slot))
    }

    /// Whether handlers of a parent process wait in here, which the calling process does not run.
    pub(crate) fn has_foreign(&self) -> bool {
        self.inheritance.has_foreign()
            && self.slots.entries().any(|(_, entry)| !self.inheritance.owns(entry))
    }

    /// What puts the handlers in order, where sorting does not: one of them has edges, or runs
    /// concurrently.
    pub(crate) fn ordered_by(&self) -> Option<OrderedBy> {
        self.ordered_by
    }

    /// From now on, new handlers are also put in the queue of latecomers, for the order of the
    /// others is settled.
    pub(crate) fn begin_run(&mut self) {
        self.phase = Phase::Running;
        self.ordered_up_to = self.last_sequence;
        self.queued_up_to = self.last_sequence;
        // Slots of handlers that end are used again.
        self.is_in_order = false;
    }

    #[inline]
    pub(super) fn is_running(&self) -> bool {
        self.phase == Phase::Running
    }

    /// Refuses all registrations from now on.
    pub(crate) fn close(&mut self) {
        self.phase = Phase::Closed;
    }

    #[inline]
    pub(crate) fn has_latecomers(&self) -> bool {
        !self.late.is_empty()
    }

    /// The next one of those that were registered since the run began, the first one first.
    pub(crate) fn next_latecomer(&mut self) -> Option<Rank> {
        while let Some(rank) = self.late.pop() {
            if self.holds(rank) {
                return Some(rank);
            }
        }
        self.ordered_up_to = self.last_sequence;
        None
    }

    /// The order has seen them all.
    pub(crate) fn forget_latecomers(&mut self) {
        self.late.clear();
        self.ordered_up_to = self.last_sequence;
    }

    /// The rank of the first of those registered since the run began, when it goes before `other`.
    /// Ranks whose handlers are gone are thrown away.
    #[inline]
    pub(crate) fn latecomer_before(&mut self, other: Option<Rank>) -> Option<Rank> {
        // As in most runs.
        if self.late.is_empty() { None } else { self.first_latecomer_before(other) }
    }

    #[inline(never)]
    fn first_latecomer_before(&mut self, other: Option<Rank>) -> Option<Rank> {
        while let Some(&rank) = self.late.peek() {
            if self.holds(rank) {
                return (Some(rank) > other).then_some(rank);
            }
            self.late.pop();
        }
        None
    }

    fn holds(&self, rank: Rank) -> bool {
        self.entry(rank).is_some_and(|entry| self.inheritance.owns(entry))
    }

    /// Takes a handler out in order to run it; `None` when it is gone. Its slot stays its own until
    /// it has [ended](Self::ended).
    #[inline]
    pub(crate) fn take(&mut self, rank: Rank) -> Option<(Label, Action)> {
        self.take_if(HandlerId::of(rank), |_| true)
    }

    /// The same, where `begins` agrees: it is only asked about a handler that waits.
    #[inline(always)]
    pub(super) fn take_if(
        &mut self,
        id: HandlerId,
        begins: impl FnOnce(&Metadata) -> bool,
    ) -> Option<(Label, Action)> {
        let taken = self.slots.take(id, |entry| self.inheritance.owns(entry), begins)?;
        self.runnable -= 1;
        Some(taken)
    }

    /// A handler that was taken has ended.
    #[inline]
    pub(crate) fn ended(&mut self, id: HandlerId) {
        self.slots.ended(id);
    }

    #[inline]
    pub(super) fn owner(&self) -> u64 {
        self.owner
    }

    pub(super) fn set_owner(&mut self, process: u64) {
        self.owner = process;
    }

    /// Makes what is in the table foreign in a forked child, which may adopt it later. Nothing is
    /// dropped: the values belong to the parent, and freeing memory is not allowed there. The
    /// numbers continue, so that an id of the parent never names a handler of the child.
    #[inline(never)]
    pub(crate) fn disown(&mut self) {
        self.inheritance.disown(self.last_sequence);
        self.count_runnable();
        self.phase = Phase::Open;
        self.queued_up_to = u64::MAX;
        self.late.clear();
        self.slots.forget_running();
        self.gone.clear();
        self.leased.forget();
        self.close_lane = None;
        self.owner = 0;
    }

    /// Makes all up to this registration foreign: another process has them.
    pub(super) fn make_foreign(&mut self, up_to: u64) {
        if self.inheritance.make_foreign(up_to) {
            self.count_runnable();
        }
    }

    /// Makes what the calling process inherited its own.
    pub(super) fn adopt(&mut self) {
        self.inheritance.adopt();
        self.count_runnable();
    }

    #[inline(never)]
    fn count_runnable(&mut self) {
        self.runnable = self.ranks().count() as u32;
    }

    /// The last registration that this process can adopt.
    pub(crate) fn inherited_up_to(&self) -> u64 {
        self.inheritance.inherited_up_to()
    }

    pub(super) fn inheritance(&self) -> &Inheritance {
        &self.inheritance
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
