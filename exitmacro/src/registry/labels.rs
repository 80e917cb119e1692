//! The labels of the handlers that were taken for a lease, until the run asks for them.

use crate::registry::entry::Label;
use std::vec::Drain;

/// A queue. The run always asks for all of them, so it is a vector that is emptied.
pub(super) struct Labels(Vec<Label>);

impl Labels {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Has room for so many more; `false` when there is no memory for it.
    pub(super) fn make_room(&mut self, count: usize) -> bool {
        self.0.try_reserve(count).is_ok()
    }

    #[inline]
    pub(super) fn push(&mut self, label: Label) {
        crate::sys::push_reserved(&mut self.0, label);
    }

    #[cfg(feature = "signals")]
    pub(super) fn last(&self) -> Option<&Label> {
        self.0.last()
    }

    /// Takes all of them, the first one first.
    #[inline]
    pub(super) fn take(&mut self) -> Drain<'_, Label> {
        self.0.drain(..)
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// Forgets them without dropping one.
    pub(super) fn forget(&mut self) {
        core::mem::forget(core::mem::replace(self, Self::new()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::Erased;
    use crate::handler::raw::Action;
    use crate::registry::entry::{Entry, Metadata};

    fn label(priority: i32) -> Label {
        let metadata = Metadata::new(priority, None, false, core::panic::Location::caller());
        let action = Action::new(Erased::<_, fn() -> _>::new(|| ()));
        Entry::new(action, metadata, 1).into_parts().0
    }

    #[test]
    fn labels_come_out_as_they_went_in() {
        let mut labels = Labels::new();
        let mut taken = Vec::new();
        for priorities in [1..1, 1..4, 4..5] {
            assert!(labels.make_room(priorities.len()));
            let room = labels.capacity();
            priorities.for_each(|priority| labels.push(label(priority)));
            taken.extend(labels.take().map(|label| label.metadata.priority()));
            assert_eq!(labels.capacity(), room);
        }
        assert_eq!(taken, [1, 2, 3, 4]);
    }
}
