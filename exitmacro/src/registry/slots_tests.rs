//! Slots, and what they cost.

use super::*;
use crate::registry::tests::entry;

#[test]
fn an_id_that_may_be_missing_is_as_small_as_an_id() {
    assert_eq!(size_of::<Option<HandlerId>>(), 16);
}

#[test]
fn a_slot_costs_56_bytes() {
    assert_eq!(size_of::<Slot>(), 56);
}

/// Puts handlers in, one after the other, and returns their ids.
fn fill(slots: &mut Slots, sequences: core::ops::RangeInclusive<u64>) -> Vec<HandlerId> {
    let insert = |sequence| {
        assert!(slots.make_room());
        let Entry { kept, metadata } = entry(0);
        let entry = Entry::new(kept.into_action().expect("it is not lent"), metadata, sequence);
        let id = HandlerId::of(entry.rank(slots.next_index()));
        assert!(slots.insert(entry));
        id
    };
    sequences.map(insert).collect()
}

#[test]
fn free_slots_are_used_before_the_table_grows() {
    let mut slots = Slots::new();
    let ids = fill(&mut slots, 1..=CHUNK as u64);
    for &id in &ids[2..7] {
        assert_eq!(slots.remove(id, |_| true, |_| ()).found(), Unregistered::Removed);
    }
    fill(&mut slots, 20..=24);
    assert_eq!((slots.chunks.len(), slots.entries().count()), (1, CHUNK));
    fill(&mut slots, 25..=25);
    assert_eq!((slots.chunks.len(), slots.entries().count()), (2, CHUNK + 1));
}

#[test]
fn slots_stay_where_they_are() {
    let mut slots = Slots::new();
    let first = fill(&mut slots, 1..=1)[0];
    let address = |slots: &Slots| core::ptr::from_ref(slots.slot(first.slot).expect("it is there"));
    let before = address(&slots);
    let ids = fill(&mut slots, 2..=10 * CHUNK as u64);
    assert!(core::ptr::eq(before, address(&slots)));
    let sequences = slots.entries().map(|(_, entry)| entry.sequence());
    assert!(sequences.eq((1..=10 * CHUNK as u64).rev()), "the newest first");
    for id in ids {
        assert_eq!(slots.remove(id, |_| true, |_| ()).found(), Unregistered::Removed);
    }
}

#[test]
fn a_handler_that_the_caller_does_not_own_is_not_found() {
    let mut slots = Slots::new();
    let id = fill(&mut slots, 1..=1)[0];
    assert_eq!(
        slots.remove(id, |_| false, |_| panic!("it is not removed")).found(),
        Unregistered::Finished
    );
    assert!(slots.take(id, |_| false, |_| panic!("it is not asked")).is_none());
    assert!(slots.take(id, |_| true, |_| false).is_none());
    assert!(slots.take(id, |_| true, |_| true).is_some());
}
