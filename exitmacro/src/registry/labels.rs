//! The labels of the handlers that were taken for a lease, until the run asks for them.

use crate::registry::entry::Label;

/// A queue. A `VecDeque` wraps around, which costs each handler twice as many instructions. This
/// one is empty at the end of each lease, and starts again at its beginning.
pub(super) struct Labels {
    all: Vec<Option<Label>>,
    /// How many of them were taken.
    taken: usize,
}

impl Labels {
    pub(super) const fn new() -> Self {
        Self { all: Vec::new(), taken: 0 }
    }

    /// Has room for so many more; `false` when there is no memory for it.
    pub(super) fn make_room(&mut self, count: usize) -> bool {
        if self.taken == self.all.len() {
            self.all.clear();
            self.taken = 0;
        }
        self.all.try_reserve(count).is_ok()
    }

    #[inline]
    pub(super) fn push(&mut self, label: Label) {
        self.all.push(Some(label));
    }

    #[cfg(feature = "signals")]
    pub(super) fn last(&self) -> Option<&Label> {
        self.all.last()?.as_ref()
    }

    /// Takes the first one.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Label> {
        let first = self.all.get_mut(self.taken)?.take();
        self.taken += 1;
        first
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.all.capacity()
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
        let metadata = Metadata::new(priority, None, core::panic::Location::caller());
        let action = Action::new(Erased::<_, fn() -> _>::new(|| ()));
        Entry { action, metadata, sequence: 1 }.into_label_and_action().0
    }

    #[test]
    fn labels_come_out_as_they_went_in() {
        let mut labels = Labels::new();
        let mut taken = Vec::new();
        let mut take = |labels: &mut Labels| {
            taken.extend(labels.next().map(|label| label.metadata.priority()));
        };
        assert!(labels.next().is_none() && labels.make_room(3));
        (1..3).for_each(|priority| labels.push(label(priority)));
        take(&mut labels);
        labels.push(label(3));
        take(&mut labels);
        // One is left, so that the others keep their places.
        assert!(labels.make_room(2));
        labels.push(label(4));
        (0..3).for_each(|_| take(&mut labels));
        assert!(labels.make_room(1));
        labels.push(label(5));
        take(&mut labels);
        assert_eq!((taken, labels.all.len()), (vec![1, 2, 3, 4, 5], 1));
    }
}
