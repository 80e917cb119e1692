//! What a forked child finds in the table.

use super::*;
use crate::handler::id::HandlerId;
use crate::handler::options::Options;
use crate::registry::tests::{entry, insert, insert_into, place_in, rank_of, with_detail};
use crate::registry::{Detail, Table, Unregistered, is_ours};
use proptest::prelude::*;

#[test]
fn a_registration_belongs_to_a_parent_until_it_is_adopted() {
    let gap = Gap { after: 3, up_to: 4 };
    let are_parents = |foreign_up_to, adopted_up_to| {
        [1, 2, 3, 4, 5, 6].map(|sequence| {
            is_parents(sequence, foreign_up_to, adopted_up_to, |sequence| gap.has(sequence))
        })
    };
    assert_eq!(are_parents(0, 0), [false; 6], "of a process that was not forked");
    assert_eq!(are_parents(5, 0), [true, true, true, true, true, false]);
    assert_eq!(are_parents(5, 1), [false, true, true, true, true, false]);
    assert_eq!(are_parents(5, 5), [false, false, false, true, false, false]);
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
    let entry = with_detail(entry(0), detail);
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
    let gone = insert_into(&mut table, 0);
    table.begin_run();
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

#[test]
fn what_lies_between_two_adoptions_stays_with_the_process_in_between() {
    let mut table = Table::new();
    let of_owner = insert_into(&mut table, 0);
    table.disown();
    let in_between = insert_into(&mut table, 0);
    table.disown();
    table.adopt();
    table.disown();
    table.adopt();
    assert_eq!(table.remove(in_between).err(), Some(Unregistered::Finished));
    assert!(table.remove(of_owner).is_ok() && table.is_empty());
}

/// More generations of daemons than there are places for what lies between them: each forks twice,
/// and registers something in the process in between.
#[test]
fn a_long_chain_of_adoptions_runs_nothing_twice_and_loses_nothing() {
    let mut table = Table::new();
    let (mut adoptable, mut in_between) = (vec![insert_into(&mut table, 0)], Vec::new());
    for _ in 0..20 {
        table.disown();
        in_between.push(insert_into(&mut table, 0));
        table.disown();
        let inherited_up_to = table.inherited_up_to();
        table.adopt();
        // What the child has not adopted stays its parent's, and the reverse.
        let adopted = table.ranks().map(|rank| rank.sequence);
        assert!(adopted.into_iter().all(|sequence| sequence <= inherited_up_to));
        adoptable.retain(|id| id.sequence() <= inherited_up_to);
        assert_eq!(table.len(), adoptable.len());
        adoptable.push(insert_into(&mut table, 0));
    }
    // Another child adopts: this process keeps what the child cannot have, and nothing else.
    assert!(in_between.iter().all(|&id| table.remove(id).is_err()));
    let last = *adoptable.last().expect("each generation registers");
    table.make_foreign(table.inherited_up_to());
    assert!(in_between.iter().all(|&id| table.remove(id).is_err()));
    assert!(table.remove(last).is_ok());
}

#[test]
fn gaps_that_touch_are_one() {
    let mut table = Table::new();
    let of_owner = insert_into(&mut table, 0);
    let mut in_between = Vec::new();
    for _ in 0..20 {
        table.disown();
        in_between.push(insert_into(&mut table, 0));
        table.disown();
        table.adopt();
        assert_eq!(table.len(), 1);
    }
    let of_last = insert_into(&mut table, 0);
    table.disown();
    table.adopt();
    assert!(in_between.iter().all(|&id| table.remove(id).is_err()));
    assert!(table.remove(of_owner).is_ok() && table.remove(of_last).is_ok());
}

/// Whose a handler is, as a chain of processes sees it that fork and adopt.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Whose {
    Own,
    Owners,
    InBetween,
}

proptest! {
    /// Each process of the chain adopts or not, registers some handlers before that and some after
    /// it, and forks the next one.
    #[test]
    fn a_chain_of_processes_agrees_with_a_plain_list(
        chain in prop::collection::vec((any::<bool>(), 0..3_usize, 0..3_usize), 1..10),
    ) {
        let mut table = Table::new();
        let mut list: Vec<(HandlerId, Whose)> = Vec::new();
        let mut is_owner = true;
        for (adopts, before, after) in chain {
            list.extend((0..before).map(|_| (insert_into(&mut table, 0), Whose::Own)));
            if adopts {
                table.adopt();
                is_owner = true;
                let owners = list.iter_mut().filter(|(_, whose)| *whose == Whose::Owners);
                owners.for_each(|(_, whose)| *whose = Whose::Own);
            }
            list.extend((0..after).map(|_| (insert_into(&mut table, 0), Whose::Own)));
            let mut found: Vec<_> = table.ranks().map(HandlerId::of).collect();
            found.sort_by_key(|id| id.sequence());
            let own = list.iter().filter(|(_, whose)| *whose == Whose::Own);
            prop_assert_eq!(found, own.map(|(id, _)| *id).collect::<Vec<_>>());
            let of_child = if is_owner { Whose::Owners } else { Whose::InBetween };
            let own = list.iter_mut().filter(|(_, whose)| *whose == Whose::Own);
            own.for_each(|(_, whose)| *whose = of_child);
            table.disown();
            is_owner = false;
        }
    }
}
