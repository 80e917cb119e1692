//! How guards are counted, and how other threads learn of them.

use super::*;

#[track_caller]
fn borrow(cell: usize) -> Slot {
    super::borrow(cell, Location::caller())
}

#[test]
fn guards_are_counted_by_their_cells_and_places() {
    begin();
    std::thread::spawn(|| {
        assert_eq!(borrowed(), [0; CELLS]);
        let [eight, sixteen, eight_again] = [8, 16, 8].map(|cell| borrow(cell));
        assert_eq!(eight, eight_again);
        give_back(8, eight);
        assert_eq!(borrowed()[..3], [8, 16, 0]);
        give_back(8, eight);
        let first = borrow(24);
        assert_eq!(borrowed()[..3], [24, 16, 0]);
        give_back(24, first);
        let elsewhere = borrow(16);
        assert_eq!((elsewhere, borrowed()[..3].to_vec()), (first, vec![16, 16, 0]));
        [sixteen, elsewhere].into_iter().for_each(|slot| give_back(16, slot));
        assert_eq!(borrowed(), [0; CELLS]);
    })
    .join()
    .unwrap();
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn other_threads_learn_of_guards_also_after_many_threads() {
    begin();
    let mine = |cell| {
        let me = ThreadWatch::current().to_number();
        is_borrowed_by(cell, |thread| thread.to_number() == me)
    };
    for _ in 0..3 * THREADS {
        std::thread::spawn(|| borrow(40)).join().unwrap();
    }
    let is_seen = || {
        let places = [borrow(48), borrow(48), borrow(48)];
        let is_seen = mine(48);
        assert!(!mine(40) && !is_borrowed_by(48, |_| false));
        let columns: Vec<_> = held(48).map(|held| held.taken_at.column()).collect();
        let is_each = columns.len() == places.len() && columns.is_sorted_by(|a, b| a < b);
        assert!(!is_seen || is_each, "{columns:?}");
        places.into_iter().for_each(|slot| give_back(48, slot));
        assert!(!mine(48) && held(48).next().is_none());
        is_seen
    };
    // The first one may have looked only at places whose threads live.
    assert!((0..THREADS).any(|_| std::thread::scope(|scope| scope.spawn(is_seen).join().unwrap())));
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_place_is_found_wherever_it_is() {
    // The kernel gives no thread so large a number.
    let (me, ended) = (ThreadWatch::current().to_number(), i32::MAX.cast_unsigned());
    let table = Table::new();
    table.records.iter().for_each(|record| record.thread.store(me, Relaxed));
    assert!(table.find_place(me).is_none());
    for record in table.records.iter().rev() {
        record.thread.store(0, Relaxed);
        assert!(table.find_place(me).is_some_and(|found| core::ptr::eq(found, record)));

        record.thread.store(ended, Relaxed);
        record.places[CELLS - 1].start(8, Location::caller());
        let found = (0..THREADS / LOOKS).find_map(|_| table.find_place(me));
        assert!(found.is_some_and(|found| core::ptr::eq(found, record) && !found.has(8)));
    }
}

#[test]
fn more_cells_than_can_be_kept_disturb_nothing() {
    begin();
    std::thread::spawn(|| {
        let slots: Vec<_> = (1..=CELLS + 1).map(|cell| borrow(cell)).collect();
        assert_eq!(slots.last(), Some(&Slot::NONE));
        assert_eq!(borrowed(), core::array::from_fn(|index| index + 1));
        (1..=CELLS + 1).zip(slots).for_each(|(cell, slot)| give_back(cell, slot));
        assert_eq!(borrowed(), [0; CELLS]);
    })
    .join()
    .unwrap();
}
