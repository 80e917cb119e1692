//! Which registrations are the calling process's. After a fork those of its parent are not, unless
//! the child adopts them.

use crate::registry::entry::Entry;

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
}

impl Inheritance {
    pub(super) const fn new() -> Self {
        Self { foreign_up_to: 0, inherited_up_to: 0, is_owners: true, adopted_up_to: 0 }
    }

    #[inline]
    pub(super) fn owns(&self, entry: &Entry) -> bool {
        !is_parents(entry.sequence, self.foreign_up_to, self.adopted_up_to) || entry.is_inherited()
    }

    /// In a forked child: all up to the last registration are its parent's.
    pub(super) fn disown(&mut self, last_sequence: u64) {
        if self.is_owners {
            self.inherited_up_to = last_sequence;
        }
        self.is_owners = false;
        self.adopted_up_to = 0;
        self.foreign_up_to = last_sequence;
    }

    /// All up to this registration are another process's, also what the calling one had adopted.
    pub(super) fn make_foreign(&mut self, up_to: u64) {
        self.adopted_up_to = 0;
        self.foreign_up_to = up_to;
    }

    /// Whether there may be handlers of a parent process.
    pub(super) fn has_foreign(&self) -> bool {
        self.foreign_up_to > self.adopted_up_to
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

    pub(super) fn adopt(&mut self) {
        self.is_owners = true;
        self.adopted_up_to = self.inherited_up_to;
    }
}

/// Whether a registration belongs to a parent process: it is one of the foreign ones, and was not
/// adopted.
#[inline]
pub(super) fn is_parents(sequence: u64, foreign_up_to: u64, adopted_up_to: u64) -> bool {
    adopted_up_to < sequence && sequence <= foreign_up_to
}

#[cfg(test)]
#[path = "inheritance_tests.rs"]
mod tests;
