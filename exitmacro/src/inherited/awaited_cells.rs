//! The cells that futures are making, and the futures that wait for them.

use std::task::Waker;

/// The cells, by their addresses, each with the wakers of the futures that wait for its value.
pub(crate) struct AwaitedCells(Vec<(usize, Vec<Waker>)>);

impl AwaitedCells {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Notes that a future makes the cell. If another one does, hands over the waker of the future
    /// that waits, and returns `false`.
    pub(crate) fn begin(&mut self, cell: usize, waker: &mut Option<Waker>) -> bool {
        match self.0.iter_mut().find(|&&mut (other, _)| other == cell) {
            None => {
                self.0.push((cell, Vec::new()));
                true
            }
            Some((_, waiting)) => {
                let is_new = |waker: &Waker| !waiting.iter().any(|other| other.will_wake(waker));
                if waker.as_ref().is_some_and(is_new) {
                    waiting.extend(waker.take());
                }
                false
            }
        }
    }

    /// The cell is no longer made. Returns the futures to be woken after the lock is released.
    pub(crate) fn end(&mut self, cell: usize) -> Vec<Waker> {
        match self.0.iter().position(|&(other, _)| other == cell) {
            Some(place) => self.0.swap_remove(place).1,
            None => Vec::new(),
        }
    }

    /// In a forked child, the futures may be of threads that do not exist. Their wakers are not
    /// dropped: such a thread may have left a lock of its runtime held.
    pub(crate) fn disown(&mut self) {
        core::mem::forget(core::mem::take(&mut self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_future_makes_a_cell_and_the_others_wait() {
        let mut cells = AwaitedCells::new();
        let waker = || Some(Waker::noop().clone());
        assert!(cells.begin(1, &mut waker()) && cells.begin(2, &mut waker()));
        assert!(!cells.begin(1, &mut waker()) && !cells.begin(1, &mut waker()));
        assert_eq!((cells.end(1).len(), cells.end(2).len(), cells.end(1).len()), (1, 0, 0));
        assert!(cells.begin(1, &mut waker()));
        cells.disown();
        assert!(cells.begin(1, &mut waker()), "the child makes it anew");
    }
}
