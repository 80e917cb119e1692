//! The cells that futures are making, and the futures that wait for them.

use crate::inherited::request::Tasks;
use core::task::Waker;

/// The cells, by their addresses.
pub(crate) struct AwaitedCells {
    cells: Vec<(usize, Tasks)>,
    last_number: u64,
}

impl AwaitedCells {
    pub(crate) const fn new() -> Self {
        Self { cells: Vec::new(), last_number: 0 }
    }

    /// Notes that a future makes the cell. If another one does, keeps the waker of the future that
    /// waits, which gets a number, and returns `false`. The waker that is left is to be dropped
    /// after the lock is released: the one that came, or an earlier one.
    pub(crate) fn begin(
        &mut self,
        cell: usize,
        number: &mut Option<u64>,
        waker: &mut Option<Waker>,
    ) -> bool {
        let Some(waiting) = find(&mut self.cells, cell) else {
            self.cells.push((cell, Tasks::new()));
            return true;
        };
        let number = *number.get_or_insert_with(|| {
            self.last_number += 1;
            self.last_number
        });
        *waker = waker.take().and_then(|waker| waiting.insert(number, waker));
        false
    }

    /// The future with this number no longer waits for the cell. Returns its waker, to be dropped
    /// after the lock is released.
    pub(crate) fn give_up(&mut self, cell: usize, number: u64) -> Option<Waker> {
        find(&mut self.cells, cell)?.remove(&number)
    }

    /// The cell is no longer made. Returns the futures to be woken after the lock is released.
    pub(crate) fn end(&mut self, cell: usize) -> Tasks {
        match self.cells.iter().position(|&(other, _)| other == cell) {
            Some(place) => self.cells.swap_remove(place).1,
            None => Tasks::new(),
        }
    }

    /// In a forked child, the futures may be of threads that do not exist. Their wakers are not
    /// dropped: such a thread may have left a lock of its runtime held.
    pub(crate) fn disown(&mut self) {
        core::mem::forget(core::mem::take(&mut self.cells));
    }
}

fn find(cells: &mut [(usize, Tasks)], cell: usize) -> Option<&mut Tasks> {
    cells.iter_mut().find(|&&mut (other, _)| other == cell).map(|(_, waiting)| waiting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::task::Wake;

    struct Counted;

    impl Wake for Counted {
        fn wake(self: Arc<Self>) {}
    }

    /// Whether the future makes the cell, and the number that it has then.
    fn begin(cells: &mut AwaitedCells, cell: usize) -> (bool, Option<u64>) {
        let (mut number, mut waker) = (None, Some(Waker::noop().clone()));
        (cells.begin(cell, &mut number, &mut waker), number)
    }

    #[test]
    fn one_future_makes_a_cell_and_the_others_wait() {
        let mut cells = AwaitedCells::new();
        assert_eq!([1, 2].map(|cell| begin(&mut cells, cell)), [(true, None); 2]);
        assert_eq!(begin(&mut cells, 1), (false, Some(1)));
        assert_eq!(begin(&mut cells, 1), (false, Some(2)));
        let counts = [1, 2, 1].map(|cell| cells.end(cell).len());
        assert_eq!(counts, [2, 0, 0]);
        assert!(begin(&mut cells, 1).0);
        cells.disown();
        assert!(begin(&mut cells, 1).0, "the child makes it anew");
        assert_eq!(begin(&mut cells, 1), (false, Some(3)), "a number is used once");
    }

    #[test]
    fn a_future_that_waits_again_replaces_its_waker() {
        let mut cells = AwaitedCells::new();
        begin(&mut cells, 1);
        let (first, second) = (Arc::new(Counted), Arc::new(Counted));
        let (mut number, mut waker) = (None, Some(Waker::from(Arc::clone(&first))));
        assert!(!cells.begin(1, &mut number, &mut waker) && waker.is_none());
        waker = Some(Waker::from(Arc::clone(&second)));
        assert!(!cells.begin(1, &mut number, &mut waker));
        drop(waker);
        assert_eq!((Arc::strong_count(&first), Arc::strong_count(&second)), (1, 2));
        assert_eq!(cells.end(1).len(), 1);
    }

    #[test]
    fn a_future_that_gives_up_leaves_nothing_behind_and_removes_no_other_one() {
        let mut cells = AwaitedCells::new();
        begin(&mut cells, 1);
        let (_, Some(number)) = begin(&mut cells, 1) else { panic!("it waits") };
        assert!(cells.give_up(1, number).is_some() && cells.give_up(1, number).is_none());
        assert!(cells.give_up(2, number).is_none());
        assert!(cells.end(1).is_empty());
        begin(&mut cells, 1);
        begin(&mut cells, 1);
        assert!(cells.give_up(1, number).is_none(), "another future waits for the next value");
        assert_eq!(cells.end(1).len(), 1);
    }
}
