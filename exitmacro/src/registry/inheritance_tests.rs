//! What a forked child finds in the table.

use super::*;
use crate::handler::options::Options;
use crate::registry::tests::{entry, entry_with, insert, insert_into, place_in, rank_of};
use crate::registry::{Detail, Table, Unregistered, is_ours};

#[test]
fn a_registration_belongs_to_a_parent_until_it_is_adopted() {
    assert!(!is_parents(1, 0, 0), "of a process that was not forked");
    assert_eq!([1, 2, 3].map(|sequence| is_parents(sequence, 2, 0)), [true, true, false]);
    assert_eq!([1, 2, 3].map(|sequence| is_parents(sequence, 2, 1)), [false, true, false]);
}

#[test]
fn a_forked_child_starts_empty_and_keeps_counting() {
    let mut table = Table::new();
    let of_parent = insert_into(&mut table, 0);
    assert!(is_ours(&table));
    table.set_owner(u64::MAX);
    assert!(!is_ours(&table));
    table.disown();
    assert_eq!((table.len(), table.owner(), table.ranks().count()), (0, 0, 0));
    assert!(is_ours(&table));
    let of_child = insert_into(&mut table, 0);
    assert_eq!(table.len(), 1);
    assert!(of_parent.sequence < of_child.sequence);
    assert_eq!(table.remove(of_parent).err(), Some(Unregistered::Finished));
    assert!(table.remove(of_child).is_ok());
}

#[test]
fn what_runs_in_a_parent_does_not_run_in_its_child() {
    let mut table = Table::new();
    let ids: Vec<_> = (0..3).map(|_| insert_into(&mut table, 0)).collect();
    let rank = rank_of(&table, ids[1]);
    assert!(table.take(rank).is_some());
    table.disown();
    assert_eq!(table.remove(ids[1]).err(), Some(Unregistered::Finished));
    let of_child = insert_into(&mut table, 0);
    assert_eq!(of_child.slot, ids[1].slot);
    // The handler that forked returns in the child, too.
    table.ended(ids[1]);
    table.adopt();
    assert_eq!(table.len(), 3);
    assert!(
        table.remove(of_child).is_ok()
            && table.remove(ids[0]).is_ok()
            && table.remove(ids[2]).is_ok()
    );
}

#[test]
fn a_child_that_adopts_has_what_its_parent_had_and_its_own() {
    let mut table = Table::new();
    let gone = insert_into(&mut table, 0);
    table.remove(gone).map(drop).expect("it waits");
    let of_parent = insert_into(&mut table, 0);
    table.disown();
    let of_child = insert_into(&mut table, 0);
    assert_eq!(table.inherited_up_to(), of_parent.sequence());
    table.adopt();
    assert_eq!(table.len(), 2);
    assert!(table.remove(of_parent).is_ok() && table.remove(of_child).is_ok());
    assert!(table.is_empty());
}

#[test]
fn a_grandchild_adopts_what_the_owner_had_and_not_what_lies_between() {
    let mut table = Table::new();
    let of_owner = insert_into(&mut table, 0);
    table.disown();
    let of_parent = insert_into(&mut table, 0);
    table.disown();
    assert!(table.is_empty());
    table.adopt();
    assert_eq!(table.remove(of_parent).err(), Some(Unregistered::Finished));
    assert!(table.remove(of_owner).is_ok());
}

#[test]
fn what_was_adopted_can_be_adopted_again_by_the_next_child() {
    let mut table = Table::new();
    let id = insert_into(&mut table, 0);
    for _ in 0..3 {
        table.disown();
        assert!(table.is_empty());
        table.adopt();
        assert_eq!(table.len(), 1);
    }
    assert!(table.remove(id).is_ok());
}

#[test]
fn an_owner_whose_handlers_were_adopted_keeps_what_it_registered_since() {
    let mut table = Table::new();
    let adopted = insert_into(&mut table, 0);
    let given_up_to = adopted.sequence();
    let since = insert_into(&mut table, 0);
    table.make_foreign(given_up_to);
    assert_eq!(table.remove(adopted).err(), Some(Unregistered::Finished));
    assert!(table.remove(since).is_ok());
}

#[test]
fn an_inherited_handler_is_the_childs_too() {
    let mut table = Table::new();
    let options = Options { inherit: true, ..Options::NONE };
    let detail = Detail { options, ..Detail::default() };
    let entry = entry_with(entry(0).action, 0, Some(detail));
    let id = insert(&mut table, entry).expect("the table is open");
    insert_into(&mut table, 0);
    table.disown();
    assert_eq!(table.len(), 1);
    assert!(table.remove(id).is_ok());
}

#[test]
fn a_child_that_adopted_hands_on_what_it_registered_itself() {
    let mut table = Table::new();
    let of_owner = insert_into(&mut table, 0);
    table.disown();
    table.adopt();
    let of_child = insert_into(&mut table, 0);
    table.disown();
    assert!(table.is_empty());
    table.adopt();
    assert!(table.remove(of_owner).is_ok() && table.remove(of_child).is_ok());
}

#[test]
fn a_child_has_no_part_in_the_run_of_its_parent() {
    let mut table = Table::new();
    place_in(&mut table, 0, true, Vec::new(), Vec::new());
    table.begin_run();
    let gone = insert_into(&mut table, 0);
    assert_eq!(table.unregister(gone).found(), Unregistered::Removed);
    insert_into(&mut table, 0);
    assert!(table.has_latecomers() && table.has_gone());
    table.disown();
    assert!(!table.has_latecomers() && !table.has_gone());
    insert_into(&mut table, 0);
    assert!(!table.has_latecomers(), "its own run has not begun");
}

#[test]
fn a_child_whose_own_child_adopts_keeps_nothing_of_what_it_had_adopted() {
    let mut table = Table::new();
    let of_owner = insert_into(&mut table, 0);
    table.disown();
    table.adopt();
    let of_child = insert_into(&mut table, 0);
    let since = insert_into(&mut table, 0);
    table.make_foreign(of_child.sequence());
    assert_eq!((table.len(), table.ranks().count()), (1, 1));
    for adopted in [of_owner, of_child] {
        assert_eq!(table.remove(adopted).err(), Some(Unregistered::Finished));
    }
    assert!(table.remove(since).is_ok());
}
