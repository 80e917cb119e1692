//! Which registrations are the calling process's. After a fork those of its parent are not, unless
//! the child adopts them.

use crate::registry::entry::Entry;

/// Of how many gaps a process keeps note: a fixed number, because a forked child must not allocate.
/// Each gap needs one more daemon in a chain, whose parent registered something for itself.
pub(super) const GAPS: usize = 4;

/// What processes registered that were forked between an owner and the child that adopted its
/// handlers: the registrations after the first number, up to the second. They run in the process
/// that registered them, so the children of the new owner cannot adopt them, either.
#[derive(Clone, Copy)]
pub(super) struct Gap {
    pub(super) after: u64,
    pub(super) up_to: u64,
}

impl Gap {
    const NONE: Self = Self { after: 0, up_to: 0 };

    fn is_empty(self) -> bool {
        self.after >= self.up_to
    }

    pub(super) fn has(self, sequence: u64) -> bool {
        self.after < sequence && sequence <= self.up_to
    }
}

pub(super) struct Inheritance {
    /// Up to here, registrations are those of the process that this one was forked from; 0 in one
    /// that was not forked.
    foreign_up_to: u64,
    /// Up to here, registrations were there when the owner of them forked, so that a child may
    /// adopt them.
    inherited_up_to: u64,
    /// Whether the calling process is the one that declared the handlers, or has adopted them.
    is_owners: bool,
    /// Up to here, registrations were adopted.
    adopted_up_to: u64,
    /// Registrations up to `inherited_up_to` that cannot be adopted all the same, the first ones
    /// first.
    gaps: [Gap; GAPS],
}

impl Inheritance {
    pub(super) const fn new() -> Self {
        Self {
            foreign_up_to: 0,
            inherited_up_to: 0,
            is_owners: true,
            adopted_up_to: 0,
            gaps: [Gap::NONE; GAPS],
        }
    }

    #[inline]
    pub(super) fn owns(&self, entry: &Entry) -> bool {
        let is_in_gap = |sequence| self.gaps.iter().any(|gap| gap.has(sequence));
        !is_parents(entry.sequence(), self.foreign_up_to, self.adopted_up_to, is_in_gap)
            || entry.is_inherited()
    }

    /// In a forked child: all up to the last registration are its parent's.
    pub(super) fn disown(&mut self, last_sequence: u64) {
        let gap = Gap { after: self.adopted_up_to, up_to: self.foreign_up_to };
        // A parent of whose gap there is no note keeps what it registered: its child can adopt only
        // what the parent has adopted itself.
        if self.is_owners && (gap.is_empty() || self.note(gap)) {
            self.inherited_up_to = last_sequence;
        }
        self.is_owners = false;
        self.adopted_up_to = 0;
        self.foreign_up_to = last_sequence;
    }

    /// Keeps note of a gap; `false` when there is no room for it.
    fn note(&mut self, gap: Gap) -> bool {
        let mut places = self.gaps.iter_mut();
        // Gaps that touch are one.
        match places.find(|place| place.is_empty() || place.up_to == gap.after) {
            Some(place) if place.is_empty() => *place = gap,
            Some(place) => place.up_to = gap.up_to,
            None => return false,
        }
        true
    }

    /// All up to this registration are another process's, also what the calling one had adopted.
    /// Returns whether some were not before.
    pub(super) fn make_foreign(&mut self, up_to: u64) -> bool {
        let before = (self.adopted_up_to, self.foreign_up_to);
        self.adopted_up_to = 0;
        // What was foreign before stays so: it may be newer than what the other process adopted.
        self.foreign_up_to = self.foreign_up_to.max(up_to);
        before != (self.adopted_up_to, self.foreign_up_to)
    }

    /// Whether there may be handlers of a parent process.
    pub(super) fn has_foreign(&self) -> bool {
        self.foreign_up_to > self.adopted_up_to || !self.gaps[0].is_empty()
    }

    /// The last registration that this process can adopt.
    pub(super) fn inherited_up_to(&self) -> u64 {
        self.inherited_up_to
    }

    pub(super) fn foreign_up_to(&self) -> u64 {
        self.foreign_up_to
    }

    pub(super) fn adopted_up_to(&self) -> u64 {
        self.adopted_up_to
    }

    pub(super) fn gaps(&self) -> &[Gap; GAPS] {
        &self.gaps
    }

    pub(super) fn adopt(&mut self) {
        self.is_owners = true;
        self.adopted_up_to = self.inherited_up_to;
    }
}

/// Whether a registration belongs to a parent process: it is one of the foreign ones, and was not
/// adopted.
#[inline]
pub(super) fn is_parents(
    sequence: u64,
    foreign_up_to: u64,
    adopted_up_to: u64,
    is_in_gap: impl FnOnce(u64) -> bool,
) -> bool {
    sequence <= foreign_up_to && (adopted_up_to < sequence || is_in_gap(sequence))
}

#[cfg(test)]
#[path = "inheritance_tests.rs"]
mod tests;
