//! The cells that futures are making, and the futures that wait for them.

use crate::inherited::tasks::{Numbers, Tasks};
use core::task::Waker;

pub(crate) struct AwaitedCells {
    cells: Vec<AwaitedCell>,
    /// Of the futures that make a cell or wait for one.
    numbers: Numbers,
}

struct AwaitedCell {
    address: usize,
    /// The number of the future that makes the cell.
    maker: u64,
    waiting: Tasks,
}

impl AwaitedCells {
    pub(crate) const fn new() -> Self {
        Self { cells: Vec::new(), numbers: Numbers::new() }
    }

    /// Notes that a future makes the cell, and returns its number, which it needs for
    /// [`end`](Self::end). If another one makes the cell, keeps the waker of this one, which waits
    /// under `number`. The waker that is left is to be dropped after the lock is released: the one
    /// that came, or an earlier one.
    pub(crate) fn begin(
        &mut self,
        cell: usize,
        number: &mut Option<u64>,
        waker: &mut Option<Waker>,
    ) -> Option<u64> {
        let mine = number.take().unwrap_or_else(|| self.numbers.next());
        let Some(waiting) = find(&mut self.cells, cell) else {
            self.cells.push(AwaitedCell { address: cell, maker: mine, waiting: Tasks::new() });
            return Some(mine);
        };
        *number = Some(mine);
        *waker = waker.take().and_then(|waker| waiting.insert(mine, waker));
        None
    }

    /// The future with this number no longer waits for the cell. Returns its waker, to be dropped
    /// after the lock is released.
    pub(crate) fn give_up(&mut self, cell: usize, number: u64) -> Option<Waker> {
        find(&mut self.cells, cell)?.remove(&number)
    }

    /// The future with this number no longer makes the cell. Returns the futures to be woken after
    /// the lock is released.
    pub(crate) fn end(&mut self, cell: usize, number: u64) -> Tasks {
        match self.cells.iter().position(|it| (it.address, it.maker) == (cell, number)) {
            Some(place) => self.cells.swap_remove(place).waiting,
            None => Tasks::new(),
        }
    }

    /// In a forked child, the futures may be of threads that do not exist. Their wakers are not
    /// dropped: such a thread may have left a lock of its runtime held.
    pub(crate) fn disown(&mut self) {
        core::mem::forget(core::mem::take(&mut self.cells));
    }
}

fn find(cells: &mut [AwaitedCell], cell: usize) -> Option<&mut Tasks> {
    cells.iter_mut().find(|it| it.address == cell).map(|it| &mut it.waiting)
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

    /// What the future waits under, if another one makes the cell; or what it makes the cell under.
    fn begin(cells: &mut AwaitedCells, cell: usize) -> Result<u64, u64> {
        let (mut number, mut waker) = (None, Some(Waker::noop().clone()));
        match cells.begin(cell, &mut number, &mut waker) {
            Some(maker) => Ok(maker),
            None => Err(number.expect("a future that waits has a number")),
        }
    }

    #[test]
    fn one_future_makes_a_cell_and_the_others_wait() {
        let mut cells = AwaitedCells::new();
        assert_eq!([1, 2].map(|cell| begin(&mut cells, cell)), [Ok(1), Ok(2)]);
        assert_eq!([1, 1].map(|cell| begin(&mut cells, cell)), [Err(3), Err(4)]);
        let counts = [(1, 1), (2, 2), (1, 1)].map(|(cell, maker)| cells.end(cell, maker).len());
        assert_eq!(counts, [2, 0, 0]);
        assert_eq!(begin(&mut cells, 1), Ok(5));
    }

    #[test]
    fn a_future_that_waited_makes_the_cell_under_its_number() {
        let mut cells = AwaitedCells::new();
        assert_eq!((begin(&mut cells, 1), begin(&mut cells, 1)), (Ok(1), Err(2)));
        assert_eq!(cells.end(1, 1).len(), 1);
        let (mut number, mut waker) = (Some(2), Some(Waker::noop().clone()));
        assert_eq!(cells.begin(1, &mut number, &mut waker), Some(2));
        assert!(number.is_none() && waker.is_some(), "it no longer waits");
    }

    #[test]
    fn a_forked_child_makes_the_cell_anew_and_inherited_futures_change_nothing() {
        let mut cells = AwaitedCells::new();
        assert_eq!((begin(&mut cells, 1), begin(&mut cells, 1)), (Ok(1), Err(2)));
        cells.disown();
        assert_eq!((begin(&mut cells, 1), begin(&mut cells, 1)), (Ok(3), Err(4)));
        assert!(cells.end(1, 1).is_empty() && cells.give_up(1, 2).is_none());
        assert_eq!(begin(&mut cells, 1), Err(5), "the future of the child still makes it");
        assert_eq!(cells.end(1, 3).len(), 2);
    }

    #[test]
    fn a_future_that_waits_again_replaces_its_waker() {
        let mut cells = AwaitedCells::new();
        let maker = begin(&mut cells, 1).expect("it is the first");
        let (first, second) = (Arc::new(Counted), Arc::new(Counted));
        let (mut number, mut waker) = (None, Some(Waker::from(Arc::clone(&first))));
        assert!(cells.begin(1, &mut number, &mut waker).is_none() && waker.is_none());
        waker = Some(Waker::from(Arc::clone(&second)));
        assert!(cells.begin(1, &mut number, &mut waker).is_none());
        drop(waker);
        assert_eq!((Arc::strong_count(&first), Arc::strong_count(&second)), (1, 2));
        assert_eq!(cells.end(1, maker).len(), 1);
    }

    #[test]
    fn a_future_that_gives_up_leaves_nothing_behind_and_removes_no_other_one() {
        let mut cells = AwaitedCells::new();
        assert_eq!((begin(&mut cells, 1), begin(&mut cells, 1)), (Ok(1), Err(2)));
        assert!(cells.give_up(1, 2).is_some() && cells.give_up(1, 2).is_none());
        assert!(cells.give_up(2, 2).is_none());
        assert!(cells.end(1, 1).is_empty());
        assert_eq!((begin(&mut cells, 1), begin(&mut cells, 1)), (Ok(3), Err(4)));
        assert!(cells.give_up(1, 2).is_none(), "another future waits for the next value");
        assert_eq!(cells.end(1, 3).len(), 1);
    }
}
