//! The table against small cases, and against a plain list on random input.

use super::*;
use crate::registry::tests::{insert_into, place_in, rank_of, register_in};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

impl Table {
    pub(crate) fn remove(&mut self, id: HandlerId) -> Result<Removal, Unregistered> {
        let removal = self.unregister(id);
        match removal.found() {
            Unregistered::Removed => Ok(removal),
            found => Err(found),
        }
    }

    /// For how many labels of leased handlers there is room.
    pub(crate) fn room_for_leased(&self) -> usize {
        self.leased.capacity()
    }
}

#[test]
fn removing_twice_finds_it_once() {
    let mut table = Table::new();
    let id = insert_into(&mut table, 0);
    assert!(table.remove(id).is_ok());
    assert_eq!(table.remove(id).err(), Some(Unregistered::Finished));
    assert!(table.is_empty());
}

#[test]
fn an_id_never_names_the_next_user_of_its_slot() {
    let mut table = Table::new();
    let old = insert_into(&mut table, 0);
    table.remove(old).map(drop).expect("it waits");
    let new = insert_into(&mut table, 0);
    assert_eq!(old.slot, new.slot);
    assert_eq!(table.remove(old).err(), Some(Unregistered::Finished));
    assert!(table.remove(new).is_ok());
}

#[test]
fn a_taken_handler_is_running_until_it_ended() {
    let mut table = Table::new();
    let id = insert_into(&mut table, 0);
    let rank = rank_of(&table, id);
    assert!(table.take(rank).is_some());
    assert!(table.take(rank).is_none());
    assert_eq!(table.remove(id).err(), Some(Unregistered::Running));
    table.ended(id);
    assert_eq!(table.remove(id).err(), Some(Unregistered::Finished));
}

#[test]
fn a_closed_table_has_no_room() {
    let mut table = Table::new();
    table.close();
    assert_eq!(table.make_room(), Err(RegisterError::Finished));
}

#[test]
fn latecomers_are_known_only_after_the_run_began() {
    let mut table = Table::new();
    insert_into(&mut table, 9);
    table.begin_run();
    assert_eq!(table.latecomer_before(None), None);
    let low = insert_into(&mut table, -1);
    let high = insert_into(&mut table, 1);
    assert_eq!(table.latecomer_before(None).map(HandlerId::of), Some(high));
    table.remove(high).map(drop).expect("it waits");
    assert_eq!(table.latecomer_before(None).map(HandlerId::of), Some(low));
}

#[test]
fn a_latecomer_goes_before_what_is_equal_and_older() {
    let mut table = Table::new();
    let old = insert_into(&mut table, 5);
    let old = rank_of(&table, old);
    table.begin_run();
    let declared = Rank { priority: 5, sequence: 0, index: 7 };
    let late = insert_into(&mut table, 5);
    assert_eq!(table.latecomer_before(Some(old)).map(HandlerId::of), Some(late));
    assert_eq!(table.latecomer_before(Some(declared)).map(HandlerId::of), Some(late));
    let higher = Rank { priority: 6, ..declared };
    assert_eq!(table.latecomer_before(Some(higher)), None);
    let itself = rank_of(&table, late);
    assert_eq!(table.latecomer_before(Some(itself)), None);
}

#[test]
fn latecomers_are_there_until_they_are_forgotten() {
    let mut table = Table::new();
    insert_into(&mut table, 0);
    table.begin_run();
    assert!(!table.has_latecomers());
    insert_into(&mut table, 0);
    assert!(table.has_latecomers());
    table.forget_latecomers();
    assert!(!table.has_latecomers() && table.next_latecomer().is_none());
}

#[test]
fn latecomers_that_were_unregistered_take_no_memory() {
    let mut table = Table::new();
    place_in(&mut table, 0, true, Vec::new(), Vec::new());
    table.begin_run();
    let mut expected = Vec::new();
    // Miri takes half an hour for all.
    let rounds = if cfg!(miri) { 2_000 } else { 100_000 };
    for number in 0..rounds {
        if number % 1000 == 0 {
            expected.push(insert_into(&mut table, number % 7));
        }
        let id = insert_into(&mut table, number % 5);
        assert_eq!(table.unregister(id).found(), Unregistered::Removed);
        assert!(table.late.len() <= 2 * table.len() + 64, "{} ranks", table.late.len());
    }
    assert!(table.late.capacity() < 1000, "room for {} ranks", table.late.capacity());
    assert!(!table.has_gone(), "the order has not seen them");
    expected.sort_by_key(|&id| core::cmp::Reverse(rank_of(&table, id)));
    let found: Vec<_> = std::iter::from_fn(|| table.next_latecomer()).map(HandlerId::of).collect();
    assert_eq!(found, expected);
}

#[test]
fn only_a_run_that_keeps_edges_hears_of_what_was_unregistered() {
    for (is_plain, is_running) in [(true, false), (true, true), (false, false), (false, true)] {
        let mut table = Table::new();
        place_in(&mut table, 0, !is_plain, Vec::new(), Vec::new());
        let id = insert_into(&mut table, 0);
        if is_running {
            table.begin_run();
        }
        assert_eq!(table.unregister(id).found(), Unregistered::Removed);
        assert_eq!(table.next_gone(), (!is_plain && is_running).then_some(id));
    }
}

#[test]
fn the_slot_of_a_running_handler_stays_its_own() {
    let mut table = Table::new();
    let running = insert_into(&mut table, 0);
    let rank = rank_of(&table, running);
    assert!(table.take(rank).is_some());
    let other = insert_into(&mut table, 0);
    assert_ne!(running.slot, other.slot);
    table.ended(other);
    assert_eq!(table.remove(running).err(), Some(Unregistered::Running));
    table.ended(running);
    table.ended(running);
    let next = insert_into(&mut table, 0);
    assert_eq!(running.slot, next.slot);
    table.ended(running);
    assert!(table.remove(next).is_ok() && table.remove(other).is_ok());
}

/// Counts how often it drops.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn what_a_handler_owns_is_dropped_once_and_by_the_thread_that_took_it_out() {
    for is_large in [false, true] {
        let drops = Arc::new(AtomicUsize::new(0));
        let mut table = Table::new();
        let ids: Vec<_> = (0..4)
            .map(|_| {
                let (counted, room) = (Counted(Arc::clone(&drops)), [0_u64; 4]);
                let small = move || drop(counted);
                let inserted = if is_large {
                    register_in(&mut table, move || (small(), _ = std::hint::black_box(room)).0, 0)
                } else {
                    register_in(&mut table, small, 0)
                };
                inserted.expect("the table is open")
            })
            .collect();
        let removed = table.remove(ids[0]);
        assert_eq!(drops.load(Relaxed), 0);
        drop(removed);
        assert_eq!(drops.load(Relaxed), 1, "unregistered");
        let rank = rank_of(&table, ids[1]);
        let taken = table.take(rank);
        table.ended(ids[1]);
        assert_eq!(drops.load(Relaxed), 1);
        drop(taken);
        assert_eq!(drops.load(Relaxed), 2, "taken");
        table.disown();
        insert_into(&mut table, 0);
        assert_eq!(drops.load(Relaxed), 2, "left to the parent");
        drop(table);
        assert_eq!(drops.load(Relaxed), 4);
    }
}

#[test]
fn what_an_insertion_needs_is_reserved_before_it() {
    let mut table = Table::new();
    assert_eq!((table.make_room(), table.late.capacity()), (Ok(()), 0));
    table.begin_run();
    assert_eq!(table.make_room(), Ok(()));
    assert!(table.late.capacity() > 0);
}

#[derive(Clone, Debug)]
enum Operation {
    Insert(i32),
    /// Which of all ids given out so far.
    Remove(usize),
    Take(usize),
    Ended(usize),
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let operation = prop_oneof![
        3 => any::<i32>().prop_map(Operation::Insert),
        2 => any::<usize>().prop_map(Operation::Remove),
        1 => any::<usize>().prop_map(Operation::Take),
        1 => any::<usize>().prop_map(Operation::Ended),
    ];
    prop::collection::vec(operation, 0..200)
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    Waiting,
    Running,
    Gone,
}

proptest! {
    #[test]
    fn the_table_agrees_with_a_plain_list(operations in operations()) {
        let mut table = Table::new();
        let mut ids: Vec<(HandlerId, Rank)> = Vec::new();
        let mut states: HashMap<HandlerId, State> = HashMap::new();
        for operation in operations {
            match operation {
                Operation::Insert(priority) => {
                    let id = insert_into(&mut table, priority);
                    ids.push((id, rank_of(&table, id)));
                    prop_assert_eq!(states.insert(id, State::Waiting), None);
                }
                Operation::Remove(which) if !ids.is_empty() => {
                    let (id, _) = ids[which % ids.len()];
                    let expected = match states[&id] {
                        State::Waiting => None,
                        State::Running => Some(Unregistered::Running),
                        State::Gone => Some(Unregistered::Finished),
                    };
                    prop_assert_eq!(table.remove(id).err(), expected);
                    if expected.is_none() {
                        states.insert(id, State::Gone);
                    }
                }
                Operation::Take(which) if !ids.is_empty() => {
                    let (id, rank) = ids[which % ids.len()];
                    prop_assert_eq!(table.take(rank).is_some(), states[&id] == State::Waiting);
                    if states[&id] == State::Waiting {
                        states.insert(id, State::Running);
                    }
                }
                Operation::Ended(which) if !ids.is_empty() => {
                    let (id, _) = ids[which % ids.len()];
                    table.ended(id);
                    if states[&id] == State::Running {
                        states.insert(id, State::Gone);
                    }
                }
                _ => {}
            }
            let waiting = states.values().filter(|&&state| state == State::Waiting).count();
            prop_assert_eq!(table.len(), waiting);
            prop_assert_eq!(table.ranks().count(), waiting);
        }
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
fn what_a_registration_changes_is_in_one_line_of_the_cache() {
    // Behind the mutex itself.
    assert!(
        8 + core::mem::offset_of!(Table, inheritance) <= align_of::<crate::registry::Aligned>()
    );
}
