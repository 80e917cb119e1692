//! Slots for entries: a slot map, whose slots are allocated in chunks and never move.

use crate::handler::id::HandlerId;
use crate::handler::raw::{Action, Kept};
use crate::handler::{Callback, Queued, Rank};
use crate::registry::entry::{Entry, Label, Metadata};
use core::hint::black_box;
use core::mem::MaybeUninit;

/// What [`unregister`](crate::unregister) found.
///
/// ```
/// use exitmacro::Unregistered;
///
/// let id = exitmacro::register(|| println!("bye"))?;
/// let never_runs = match exitmacro::unregister(id) {
///     Unregistered::Removed => true,
///     Unregistered::Running | Unregistered::Finished => false,
/// };
/// assert!(never_runs);
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "`Running` and `Finished` mean that the handler was not stopped"]
pub enum Unregistered {
    /// The handler was waiting and now never runs.
    Removed,
    /// The handler is running, or was abandoned and may still be. It is not stopped.
    Running,
    /// The handler has run, was unregistered before, or belongs to another process.
    Finished,
}

enum Slot {
    /// The next free slot, or [`NO_SLOT`].
    Free(u32),
    /// The handler waits, or is lent to a lane. One that is still lent when the lane is closed has
    /// ended.
    Held(Entry),
    /// The handler with this sequence was taken, and is not known to have ended.
    Running(u64),
}

impl Slot {
    /// The handler, if it waits.
    #[inline]
    fn waiting(&self) -> Option<&Entry> {
        match self {
            Self::Held(entry) if !entry.kept.is_lent() => Some(entry),
            _ => None,
        }
    }
}

/// No slot has this number: it is the length limit of the table.
const NO_SLOT: u32 = u32::MAX;

/// How many slots are allocated at once. They stay where they are, however many more come: a
/// registration during the run copies none.
pub(crate) const CHUNK: usize = 16;

/// What was found in a slot. A waiting handler is taken out with this. Anything else that a slot
/// holds only shows what became of the handler.
pub(crate) struct Removal(Slot);

impl Removal {
    #[inline]
    pub(crate) fn found(&self) -> Unregistered {
        match self.0 {
            Slot::Held(_) => Unregistered::Removed,
            Slot::Running(_) => Unregistered::Running,
            Slot::Free(_) => Unregistered::Finished,
        }
    }

    /// The callback of what was taken out, if it is of this type.
    #[inline]
    pub(crate) fn take<C: Callback>(&mut self) -> Option<C> {
        match &mut self.0 {
            Slot::Held(entry) => entry.kept.take(),
            Slot::Free(_) | Slot::Running(_) => None,
        }
    }
}

impl Drop for Removal {
    #[inline]
    fn drop(&mut self) {
        if let Slot::Held(entry) = &mut self.0 {
            entry.kept.drop_in_place();
        }
    }
}

pub(super) struct Slots {
    #[expect(clippy::vec_box, reason = "chunks stay where they are when more come")]
    chunks: Vec<Box<[Slot; CHUNK]>>,
    first_free: u32,
    /// How many handlers were taken and are not known to have ended.
    running: u32,
}

impl Slots {
    pub(super) const fn new() -> Self {
        Self { chunks: Vec::new(), first_free: NO_SLOT, running: 0 }
    }

    /// Has room for one more entry; `false` when there is no memory for it.
    #[inline]
    pub(super) fn make_room(&mut self) -> bool {
        self.first_free != NO_SLOT || self.grow().is_some()
    }

    /// Adds free slots, where memory can be had.
    #[cold]
    fn grow(&mut self) -> Option<()> {
        let first = u32::try_from(self.chunks.len() * CHUNK).ok()?;
        let behind = first.checked_add(CHUNK as u32).filter(|&behind| behind <= Queued::SLOTS)?;
        self.chunks.try_reserve(1).ok()?;
        let mut chunk = Vec::new();
        chunk.try_reserve_exact(CHUNK).ok()?;
        chunk.extend((first + 1..behind).map(Slot::Free));
        chunk.push(Slot::Free(self.first_free));
        self.chunks.push(chunk.into_boxed_slice().try_into().ok()?);
        self.first_free = first;
        Some(())
    }

    #[inline]
    fn slot(&self, index: u32) -> Option<&Slot> {
        Some(&self.chunks.get(index as usize / CHUNK)?[index as usize % CHUNK])
    }

    #[inline]
    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot> {
        Some(&mut self.chunks.get_mut(index as usize / CHUNK)?[index as usize % CHUNK])
    }

    /// Where the next entry goes.
    #[inline]
    pub(super) fn next_index(&self) -> u32 {
        self.first_free
    }

    /// Puts an entry in, if there is [room](Self::make_room).
    #[inline]
    pub(super) fn insert(&mut self, entry: Entry) -> bool {
        let slot = self.slot_mut(self.first_free);
        let Some(slot @ &mut Slot::Free(next)) = slot else { return false };
        *slot = Slot::Held(entry);
        self.first_free = next;
        true
    }

    /// How many chunks of slots there are.
    pub(super) fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// How many slots there are.
    fn count(&self) -> u32 {
        (self.chunks.len() * CHUNK) as u32
    }

    /// Whether the first free slot is the one behind this one, or there is neither. That is so as
    /// long as the free slots are those that were never used, and some before them.
    #[inline]
    fn is_before_free(&self, slot: u32) -> bool {
        let next = slot + 1;
        self.first_free == next || (self.first_free == NO_SLOT && next == self.count())
    }

    /// The slot of a handler that waits, and that is the calling process's, as `owns` says.
    #[inline(always)]
    fn waiting(
        &mut self,
        id: HandlerId,
        owns: impl FnOnce(&Entry) -> bool,
    ) -> Result<&mut Slot, Unregistered> {
        let slot = self.slot_mut(id.slot).ok_or(Unregistered::Finished)?;
        match slot {
            Slot::Held(entry) if entry.waits_as(id) && owns(entry) => Ok(slot),
            Slot::Running(sequence) if *sequence == id.sequence() => Err(Unregistered::Running),
            _ => Err(Unregistered::Finished),
        }
    }

    /// Takes a handler that waits out, which `note` notes, and gives its slot back. `note` is told
    /// whether it was in the last slot, behind which no other one waits, as far as that is known.
    #[inline(always)]
    pub(super) fn remove(
        &mut self,
        id: HandlerId,
        owns: impl FnOnce(&Entry) -> bool,
        note: impl FnOnce(bool),
    ) -> Removal {
        let freed = Slot::Free(self.first_free);
        let is_last = self.is_before_free(id.slot);
        match self.waiting(id, owns) {
            Ok(slot) => {
                note(is_last);
                let removed = Removal(core::mem::replace(slot, freed));
                self.first_free = id.slot;
                removed
            }
            Err(Unregistered::Running) => Removal(Slot::Running(0)),
            Err(_) => Removal(Slot::Free(NO_SLOT)),
        }
    }

    /// Takes a handler that waits out in order to run it, where `begins` agrees: that is only asked
    /// about a handler that waits. Its slot stays its own until it has [ended](Self::ended).
    #[inline(always)]
    pub(super) fn take(
        &mut self,
        id: HandlerId,
        owns: impl FnOnce(&Entry) -> bool,
        begins: impl FnOnce(&Metadata) -> bool,
    ) -> Option<(Label, Action)> {
        let slot = self.waiting(id, owns).ok()?;
        if !matches!(slot, Slot::Held(entry) if begins(&entry.metadata)) {
            return None;
        }
        let Slot::Held(entry) = core::mem::replace(slot, Slot::Running(id.sequence())) else {
            return None;
        };
        self.running += 1;
        let (label, action) = entry.into_parts();
        Some((label, action?))
    }

    /// Moves what the handler does that waits in this slot to a place in a lane, if its number is
    /// not above this and `fits` agrees; otherwise returns `None`.
    #[inline(always)]
    pub(super) fn lend(
        &mut self,
        slot: u32,
        up_to: u64,
        fits: impl FnOnce(&Entry) -> bool,
        place: &mut MaybeUninit<Option<Action>>,
    ) -> Option<HandlerId> {
        let Some(Slot::Held(entry)) = self.slot_mut(slot) else { return None };
        if !entry.waits_up_to(up_to) || !fits(entry) {
            return None;
        }
        let id = entry.id(slot)?;
        place.write(Some(entry.kept.lend()?));
        Some(id)
    }

    /// Reads where [`lend`](Self::lend) will read: first all entries, then what they point to. So
    /// the memory of many handlers is fetched at once, where each one would wait for its own.
    pub(super) fn fetch(&self, handlers: &[Queued], up_to: u64) {
        for &handler in handlers {
            black_box(self.waiting_up_to(handler.index(), up_to).is_some());
        }
        for &handler in handlers {
            if let Some(Slot::Held(entry)) = self.slot(handler.index()) {
                black_box(entry.metadata.options().bare);
            }
        }
    }

    /// The handler that waits in this slot, if its number is not above this.
    #[inline]
    pub(super) fn waiting_up_to(&self, slot: u32, up_to: u64) -> Option<&Entry> {
        match self.slot(slot) {
            Some(Slot::Held(entry)) if entry.waits_up_to(up_to) => Some(entry),
            _ => None,
        }
    }

    /// The slot of a handler that was [lent](Self::lend).
    fn lent(&mut self, id: HandlerId) -> Option<&mut Slot> {
        self.slot_mut(id.slot)
            .filter(|slot| matches!(slot, Slot::Held(entry) if entry.is_lent_as(id)))
    }

    /// Has a lent handler wait again.
    pub(super) fn put_back(&mut self, id: HandlerId, action: Action) {
        if let Some(Slot::Held(entry)) = self.lent(id) {
            entry.kept = Kept::new(action, id.sequence());
        }
    }

    /// A lent handler is running. Returns what it is; its slot stays its own until it has
    /// [ended](Self::ended).
    pub(super) fn run_lent(&mut self, id: HandlerId) -> Option<Label> {
        let slot = self.lent(id)?;
        let Slot::Held(entry) = core::mem::replace(slot, Slot::Running(id.sequence())) else {
            return None;
        };
        self.running += 1;
        Some(entry.into_parts().0)
    }

    /// Takes out what the lent handler in this slot is, which has ended, and gives the slot back.
    pub(super) fn take_lent(&mut self, slot: u32) -> Option<Label> {
        let id = self.lent_entry(slot)?.lent_id(slot)?;
        let label = self.run_lent(id)?;
        self.ended(id);
        Some(label)
    }

    /// The lent handler in this slot.
    pub(super) fn lent_entry(&self, slot: u32) -> Option<&Entry> {
        match self.slot(slot)? {
            Slot::Held(entry) if entry.kept.is_lent() => Some(entry),
            _ => None,
        }
    }

    /// A handler that was taken has ended.
    #[inline]
    pub(super) fn ended(&mut self, id: HandlerId) {
        let first_free = self.first_free;
        if let Some(slot @ &mut Slot::Running(sequence)) = self.slot_mut(id.slot)
            && sequence == id.sequence()
        {
            *slot = Slot::Free(first_free);
            self.first_free = id.slot;
            self.running -= 1;
        }
    }

    /// In a forked child: what runs, runs in the parent.
    pub(super) fn forget_running(&mut self) {
        if self.running == 0 {
            return;
        }
        for (slot, index) in self.chunks.iter_mut().flat_map(|chunk| chunk.iter_mut()).zip(0..) {
            if matches!(slot, Slot::Running(_)) {
                *slot = Slot::Free(self.first_free);
                self.first_free = index;
            }
        }
        self.running = 0;
    }

    /// The handler at that rank, if it waits.
    #[inline]
    pub(super) fn entry(&self, rank: Rank) -> Option<&Entry> {
        match self.slot(rank.index) {
            Some(Slot::Held(entry)) if entry.kept.waits_as(rank.sequence) => Some(entry),
            _ => None,
        }
    }

    /// Those that wait and their slots, the last slot first. As long as no slot was used twice that
    /// is the newest first.
    pub(super) fn entries(&self) -> impl Iterator<Item = (u32, &Entry)> + '_ {
        let slots = (0..self.count()).rev();
        slots.filter_map(|index| self.slot(index)?.waiting().map(|entry| (index, entry)))
    }

    /// Visits those that wait in one of the [chunks](Self::chunks), the last slot first, and whose
    /// numbers are not above this.
    #[inline]
    pub(super) fn visit_chunk(&self, chunk: usize, up_to: u64, mut visit: impl FnMut(u32, &Entry)) {
        let Some(slots) = self.chunks.get(chunk) else { return };
        let mut index = ((chunk + 1) * CHUNK) as u32;
        for slot in slots.iter().rev() {
            index -= 1;
            if let Slot::Held(entry) = slot
                && entry.waits_up_to(up_to)
            {
                visit(index, entry);
            }
        }
    }
}

#[cfg(test)]
#[path = "slots_tests.rs"]
mod tests;
