//! Which cells the calling thread has guards of, so that it can say so when it stops for good and never gives them
//! back.
//!
//! Kept by each thread for itself: a count in the cell would be written by all threads that use it. Without a
//! destructor, so that it also works on a thread that is ending; in a forked child it is right, because the only
//! thread there is a copy of the one that forked.

use core::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Of how many cells a thread can have guards and still be asked about them. Of more, nothing is known.
const CELLS: usize = 16;

thread_local! {
    /// The address of a cell, and how many guards of it there are; free when none are.
    static BORROWED: [Cell<(usize, u32)>; CELLS] = const { [const { Cell::new((0, 0)) }; CELLS] };
}

/// Whether a cell was ever filled. Otherwise no thread need be asked, and the memory of its thread-locals is not
/// touched.
static ARE_USED: AtomicBool = AtomicBool::new(false);

/// The cells that a thread had guards of, by their addresses.
pub(crate) type Borrowed = [usize; CELLS];

/// There will be guards.
pub(crate) fn begin() {
    ARE_USED.store(true, Relaxed);
}

/// Counts one more guard of the cell at that address.
#[inline]
pub(crate) fn borrow(cell: usize) {
    BORROWED.with(|places| {
        let (first, count) = places[0].get();
        if first == cell || count == 0 {
            places[0].set((cell, count + 1));
        } else {
            borrow_one_more(places, cell);
        }
    });
}

/// A thread that has guards of several cells. One may stand in two places.
fn borrow_one_more(places: &[Cell<(usize, u32)>; CELLS], cell: usize) {
    let is_it = |place: &&Cell<(usize, u32)>| place.get().0 == cell && place.get().1 > 0;
    if let Some(place) = places.iter().find(is_it).or_else(|| places.iter().find(|place| place.get().1 == 0)) {
        place.set((cell, place.get().1 + 1));
    }
}

/// Undoes [`borrow`].
#[inline]
pub(crate) fn give_back(cell: usize) {
    BORROWED.with(|places| {
        let (first, count) = places[0].get();
        if first == cell && count > 0 {
            places[0].set((cell, count - 1));
        } else if let Some(place) = places[1..].iter().find(|place| place.get().0 == cell && place.get().1 > 0) {
            place.set((cell, place.get().1 - 1));
        }
    });
}

/// What the calling thread has guards of.
pub(crate) fn borrowed() -> Borrowed {
    if !ARE_USED.load(Relaxed) {
        return [0; CELLS];
    }
    BORROWED.with(|places| core::array::from_fn(|index| Some(places[index].get()).filter(|&(_, count)| count > 0).map_or(0, |(cell, _)| cell)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_are_counted_by_their_cells() {
        begin();
        std::thread::spawn(|| {
            assert_eq!(borrowed(), [0; CELLS]);
            [8, 16, 8].into_iter().for_each(borrow);
            give_back(8);
            assert_eq!(borrowed()[..3], [8, 16, 0]);
            give_back(8);
            borrow(24);
            assert_eq!(borrowed()[..3], [24, 16, 0]);
            give_back(24);
            borrow(16);
            [16, 16].into_iter().for_each(give_back);
            assert_eq!(borrowed(), [0; CELLS]);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn more_cells_than_can_be_kept_disturb_nothing() {
        begin();
        std::thread::spawn(|| {
            (1..=CELLS + 1).for_each(borrow);
            assert_eq!(borrowed(), core::array::from_fn(|index| index + 1));
            (1..=CELLS + 1).for_each(give_back);
            assert_eq!(borrowed(), [0; CELLS]);
        })
        .join()
        .unwrap();
    }
}
