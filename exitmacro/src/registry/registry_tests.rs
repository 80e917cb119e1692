//! The table against small cases, and against a plain list on random input.

use super::*;
use crate::handler::context::ExitContext;
use crate::handler::{Callback, Erased, HandlerResult, Returned};
use crate::plan::scheduling::ORDERED;
use crate::register::{register, unregister};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

#[track_caller]
fn entry(priority: i32) -> Entry {
    entry_that(|| (), priority)
}

#[track_caller]
fn entry_that<R: HandlerResult + 'static>(
    function: impl FnOnce() -> R + Send + 'static,
    priority: i32,
) -> Entry {
    entry_with(Action::new(Erased::<_, fn() -> R>::new(function)), priority, None)
}

#[track_caller]
fn entry_with(action: Action, priority: i32, detail: Option<Detail>) -> Entry {
    Entry {
        action,
        origin: Origin::new(priority, detail.map(Box::new), panic::Location::caller()),
        sequence: 0,
    }
}

fn insert(
    table: &mut Table,
    Entry { action, origin, .. }: Entry,
) -> Result<HandlerId, RegisterError> {
    table.make_room().map(|()| table.insert(action, origin))
}

impl Table {
    pub(crate) fn remove(&mut self, id: HandlerId) -> Result<Entry, Unregistered> {
        let removal = self.unregister(id);
        let found = removal.found();
        removal.into_entry().ok_or(found)
    }

    /// For how many labels of leased handlers there is room.
    pub(crate) fn room_for_leased(&self) -> usize {
        self.leased.capacity()
    }
}

/// For the tests of the run, whose tables are their own.
pub(crate) fn register_in<R: HandlerResult + 'static>(
    table: &mut Table,
    function: impl FnOnce() -> R + Send + 'static,
    priority: i32,
) -> Result<HandlerId, RegisterError> {
    insert(table, entry_that(function, priority))
}

/// The same, with what else a handler may ask for.
pub(crate) fn register_with<R: HandlerResult + 'static>(
    table: &mut Table,
    function: impl FnOnce() -> R + Send + 'static,
    priority: i32,
    detail: Detail,
) -> Result<HandlerId, RegisterError> {
    insert(table, entry_with(entry_that(function, priority).action, priority, Some(detail)))
}

/// What such a handler asks for, and what puts it in order.
fn detail(concurrent: bool, after: Vec<Key>, before: Vec<Key>) -> Detail {
    let needs_schedule = concurrent || !after.is_empty() || !before.is_empty();
    Detail {
        concurrent,
        after: Cow::Owned(after),
        before: Cow::Owned(before),
        ordered_by: if needs_schedule { ORDERED } else { None },
        ..Detail::default()
    }
}

/// Puts a handler with edges in.
pub(crate) fn place_in(
    table: &mut Table,
    priority: i32,
    concurrent: bool,
    after: Vec<Key>,
    before: Vec<Key>,
) -> HandlerId {
    let detail = detail(concurrent, after, before);
    let entry = entry_with(entry(priority).action, priority, Some(detail));
    insert(table, entry).expect("the table is open")
}

/// Tracked values of several types, and other handlers, with edges.
pub(crate) mod value_in {
    use super::*;

    struct Value<const TYPE: usize>;

    impl<const TYPE: usize> Callback for Value<TYPE> {
        fn call(self, _exit: &ExitContext) -> Returned {
            Ok(())
        }

        fn type_name() -> &'static str {
            core::any::type_name::<Self>()
        }

        fn value_type() -> Option<TypeId> {
            Some(TypeId::of::<Self>())
        }
    }

    /// All values of a type.
    pub(crate) fn key(ty: usize) -> Key {
        Key::Type([TypeId::of::<Value<0>>, TypeId::of::<Value<1>>, TypeId::of::<Value<2>>][ty])
    }

    /// Puts a value of that type in, or a handler that is none.
    pub(crate) fn register(
        table: &mut Table,
        priority: i32,
        concurrent: bool,
        ty: Option<usize>,
        after: Vec<Key>,
        before: Vec<Key>,
    ) -> HandlerId {
        let detail = detail(concurrent, after, before);
        let values: [fn() -> Action; 3] =
            [|| Action::new(Value::<0>), || Action::new(Value::<1>), || Action::new(Value::<2>)];
        let action = ty.map_or_else(|| entry(priority).action, |ty| values[ty]());
        let entry = entry_with(action, priority, Some(detail));
        insert(table, entry).expect("the table is open")
    }
}

/// Puts a handler in that does something and has edges.
pub(crate) fn act_in(
    table: &mut Table,
    act: impl FnOnce() + Send + 'static,
    priority: i32,
    concurrent: bool,
    after: Vec<Key>,
) -> HandlerId {
    let detail = detail(concurrent, after, Vec::new());
    let entry = entry_with(entry_that(act, priority).action, priority, Some(detail));
    insert(table, entry).expect("the table is open")
}

fn insert_into(table: &mut Table, priority: i32) -> HandlerId {
    insert(table, entry(priority)).expect("the table is open")
}

fn rank_of(table: &Table, id: HandlerId) -> Rank {
    table.ranks().find(|&rank| HandlerId::of(rank) == id).expect("the handler waits")
}

#[test]
fn an_id_that_may_be_missing_is_as_small_as_an_id() {
    assert_eq!(size_of::<Option<HandlerId>>(), 16);
}

#[test]
fn a_slot_costs_56_bytes() {
    assert_eq!(size_of::<Slot>(), 56);
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
fn free_slots_are_used_before_the_table_grows() {
    let mut table = Table::new();
    let ids: Vec<_> = (0..CHUNK).map(|_| insert_into(&mut table, 0)).collect();
    for &id in &ids[2..7] {
        table.remove(id).map(drop).expect("it waits");
    }
    for _ in 0..5 {
        insert_into(&mut table, 0);
    }
    assert_eq!((table.chunks.len(), table.len()), (1, CHUNK));
    insert_into(&mut table, 0);
    assert_eq!((table.chunks.len(), table.len()), (2, CHUNK + 1));
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
fn what_an_insertion_needs_is_reserved_before_it() {
    let mut table = Table::new();
    assert_eq!((table.make_room(), table.late.capacity()), (Ok(()), 0));
    assert_eq!((table.chunks.len(), table.first_free), (1, 0));
    table.begin_run();
    assert_eq!(table.make_room(), Ok(()));
    assert!(table.late.capacity() > 0);
}

#[test]
fn a_forked_child_starts_empty_and_keeps_counting() {
    let mut table = Table::new();
    let of_parent = insert_into(&mut table, 0);
    assert!(table.is_ours());
    table.owner = u64::MAX;
    assert!(!table.is_ours());
    table.disown();
    assert_eq!((table.len(), table.owner, table.ranks().count()), (0, 0, 0));
    assert!(table.is_ours());
    let of_child = insert_into(&mut table, 0);
    assert_eq!(table.len(), 1);
    assert!(of_parent.sequence < of_child.sequence);
    assert_eq!(table.remove(of_parent).err(), Some(Unregistered::Finished));
    assert!(table.remove(of_child).is_ok());
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
fn slots_stay_where_they_are() {
    let mut table = Table::new();
    insert_into(&mut table, 0);
    let first = core::ptr::from_ref(table.slot(0).expect("it is there"));
    let ids: Vec<_> = (0..10 * CHUNK).map(|_| insert_into(&mut table, 0)).collect();
    assert!(core::ptr::eq(first, table.slot(0).expect("it is there")));
    assert!(table.ranks().is_sorted_by(|newer, older| newer.sequence > older.sequence));
    assert_eq!(table.ranks().count(), 1 + ids.len());
    assert!(ids.into_iter().all(|id| table.remove(id).is_ok()));
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
fn a_registration_belongs_to_a_parent_until_it_is_adopted() {
    assert!(!is_parents(1, 0, 0), "of a process that was not forked");
    assert_eq!([1, 2, 3].map(|sequence| is_parents(sequence, 2, 0)), [true, true, false]);
    assert_eq!([1, 2, 3].map(|sequence| is_parents(sequence, 2, 1)), [false, true, false]);
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
    let given_up_to = table.last_sequence;
    let since = insert_into(&mut table, 0);
    table.make_foreign(given_up_to);
    assert_eq!(table.remove(adopted).err(), Some(Unregistered::Finished));
    assert!(table.remove(since).is_ok());
}

#[test]
fn an_inherited_handler_is_everybodys() {
    let mut table = Table::new();
    let entry = entry_with(entry(0).action, 0, Some(Detail { inherit: true, ..Detail::default() }));
    let id = insert(&mut table, entry).expect("the table is open");
    insert_into(&mut table, 0);
    table.disown();
    assert_eq!(table.len(), 1);
    assert!(table.remove(id).is_ok());
}

/// A value whose drop registers and unregisters: it must not find a lock held.
struct BusyDrop(Arc<AtomicUsize>);

impl Drop for BusyDrop {
    fn drop(&mut self) {
        let id = register(|| ()).expect("the run has not begun");
        assert_eq!(unregister(id), Unregistered::Removed);
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_dropped_value_may_register_and_unregister() {
    let drops = Arc::new(AtomicUsize::new(0));
    let value = BusyDrop(Arc::clone(&drops));
    let id = register(move || drop(value)).expect("the run has not begun");
    assert_eq!(unregister(id), Unregistered::Removed);
    assert_eq!(drops.load(Relaxed), 1);
    let (value, room) = (BusyDrop(Arc::clone(&drops)), [0_u64; 4]);
    let id = register(move || (drop(value), _ = std::hint::black_box(room)).0)
        .expect("the run has not begun");
    assert_eq!(unregister(id), Unregistered::Removed);
    assert_eq!(drops.load(Relaxed), 2);
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
