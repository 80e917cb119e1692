//! The schedule against a reference that follows only the rules, on random handlers and edges.

use super::*;
use crate::handler::edge::Key;
use crate::order::interrupt::Interrupt;
use crate::order::next::Next;
use crate::order::sort::sorted;
use crate::registry::Table;
use crate::registry::tests::place_in;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A registered handler of a test; edges lead to others by their place in the list.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    pub(super) priority: i32,
    pub(super) concurrent: bool,
    pub(super) after: Vec<usize>,
}

fn sketches(handlers: usize, edges: usize) -> impl Strategy<Value = Vec<Sketch>> {
    let handler =
        (-2..3_i32, any::<bool>(), prop::collection::vec(any::<prop::sample::Index>(), 0..edges));
    prop::collection::vec(handler, 1..handlers).prop_map(|handlers| {
        let count = handlers.len();
        let sketch = |(place, (priority, concurrent, after)): (
            usize,
            (i32, bool, Vec<prop::sample::Index>),
        )| {
            let after = after
                .into_iter()
                .map(|index| index.index(count))
                .filter(|&other| other != place)
                .collect();
            Sketch { priority, concurrent, after }
        };
        handlers.into_iter().enumerate().map(sketch).collect()
    })
}

/// The same without cycles: a handler waits only for handlers before it in the list.
fn acyclic(handlers: usize, edges: usize) -> impl Strategy<Value = Vec<Sketch>> {
    sketches(handlers, edges).prop_map(|mut sketches| {
        for (place, sketch) in sketches.iter_mut().enumerate() {
            sketch.after = if place == 0 {
                Vec::new()
            } else {
                sketch.after.iter().map(|other| other % place).collect()
            };
        }
        sketches
    })
}

/// A table with these handlers. An id is known only after the registration, so the later one of two
/// handlers names the edge between them.
pub(super) fn table(sketches: &[Sketch]) -> (Table, Vec<HandlerId>) {
    let mut table = Table::new();
    let mut ids: Vec<HandlerId> = Vec::new();
    for (place, sketch) in sketches.iter().enumerate() {
        let after = sketch
            .after
            .iter()
            .filter(|&&other| other < place)
            .map(|&other| Key::Id(ids[other]))
            .collect();
        let before = (0..place)
            .filter(|&other| sketches[other].after.contains(&place))
            .map(|other| Key::Id(ids[other]))
            .collect();
        ids.push(place_in(&mut table, sketch.priority, sketch.concurrent, after, before));
    }
    (table, ids)
}

/// The order of all that is in a table.
pub(crate) fn schedule_of(table: &Table) -> Schedule {
    let ranks = sorted(&[], core::iter::empty(), table).expect("there is memory");
    *Schedule::of(&[], &ranks, table, &mut Interrupt::never()).expect("there is memory and time")
}

pub(super) fn schedule(sketches: &[Sketch]) -> (Schedule, Vec<HandlerId>) {
    let (table, ids) = table(sketches);
    (schedule_of(&table), ids)
}

/// The places of the handlers in the list, in the order in which they run one after the other.
fn run_order(sketches: &[Sketch]) -> Vec<usize> {
    let (mut schedule, ids) = schedule(sketches);
    let mut order = Vec::new();
    while let Next::Run(number) = schedule.start() {
        order.push(
            ids.iter()
                .position(|id| id.sequence() == schedule.rank(number).sequence)
                .expect("it was registered"),
        );
        schedule.finish(number);
    }
    order
}

/// The order by the rules: of the handlers that wait for none that is left, the highest priority
/// runs first, and the newest handler of a priority.
fn reference(sketches: &[Sketch]) -> Vec<usize> {
    let mut left: BTreeSet<usize> = (0..sketches.len()).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let ready = left
            .iter()
            .copied()
            .filter(|&handler| sketches[handler].after.iter().all(|other| !left.contains(other)));
        let next = ready
            .max_by_key(|&handler| (sketches[handler].priority, handler))
            .expect("there is no cycle");
        left.remove(&next);
        order.push(next);
    }
    order
}

/// Whether `end` waits for `start`, directly or through others.
fn leads(sketches: &[Sketch], start: usize, end: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![start];
    while let Some(handler) = open.pop() {
        for (other, sketch) in sketches.iter().enumerate() {
            if sketch.after.contains(&handler) && seen.insert(other) {
                open.push(other);
            }
        }
    }
    seen.contains(&end)
}

proptest! {
    #[test]
    fn handlers_run_one_by_one_in_the_order_of_the_rules(sketches in acyclic(20, 4)) {
        prop_assert_eq!(run_order(&sketches), reference(&sketches));
    }

    #[test]
    fn with_cycles_every_handler_runs_and_all_other_edges_are_kept(sketches in sketches(16, 3)) {
        let order = run_order(&sketches);
        let all: BTreeSet<usize> = order.iter().copied().collect();
        prop_assert_eq!((order.len(), all.len()), (sketches.len(), sketches.len()));
        let place = |handler: usize| {
            order.iter().position(|&other| other == handler).expect("every handler runs")
        };
        for (handler, sketch) in sketches.iter().enumerate() {
            for &other in &sketch.after {
                let on_a_cycle = handler == other || leads(&sketches, handler, other);
                prop_assert!(
                    on_a_cycle || place(other) < place(handler),
                    "{handler} waits for {other}, but the order is {order:?}"
                );
            }
        }
    }

    #[test]
    fn cycles_are_reported_if_there_are_any(sketches in sketches(10, 3)) {
        let has_cycles = (0..sketches.len()).any(|handler| leads(&sketches, handler, handler));
        let (mut schedule, _) = schedule(&sketches);
        prop_assert_eq!(!schedule.take_cycles().is_empty(), has_cycles);
    }

    /// Starts and finishes handlers at random, and checks at each step that what runs may run.
    #[test]
    fn only_concurrent_handlers_run_at_the_same_time(
        sketches in acyclic(16, 3),
        ends in prop::collection::vec(any::<prop::sample::Index>(), 16),
    ) {
        let (mut schedule, ids) = schedule(&sketches);
        let sketch = |schedule: &Schedule, number: u32| {
            ids.iter()
                .position(|id| id.sequence() == schedule.rank(number).sequence)
                .expect("it was registered")
        };
        let (mut running, mut finished): (Vec<(u32, usize)>, BTreeSet<usize>) =
            (Vec::new(), BTreeSet::new());
        let mut ends = ends.into_iter();
        while finished.len() < sketches.len() {
            while let Next::Run(number) = schedule.start() {
                let handler = sketch(&schedule, number);
                prop_assert!(
                    sketches[handler].after.iter().all(|other| finished.contains(other)),
                    "{handler} waits for a handler that has not finished"
                );
                let mut others = running.iter().map(|&(_, other)| &sketches[other]);
                prop_assert!(
                    others.all(|other| sketches[handler].concurrent && other.concurrent),
                    "a handler that is not concurrent runs next to another handler"
                );
                prop_assert!(
                    running
                        .iter()
                        .all(|&(_, other)| sketches[other].priority <= sketches[handler].priority),
                    "a handler of a higher priority is running"
                );
                running.push((number, handler));
            }
            prop_assert!(
                !running.is_empty(),
                "nothing runs, and {} are left",
                sketches.len() - finished.len()
            );
            let ready = |handler: usize| {
                !finished.contains(&handler)
                    && running.iter().all(|&(_, other)| other != handler)
                    && sketches[handler].after.iter().all(|other| finished.contains(other))
            };
            let top = running
                .iter()
                .map(|&(_, handler)| sketches[handler].priority)
                .chain(
                    (0..sketches.len())
                        .filter(|&handler| ready(handler))
                        .map(|handler| sketches[handler].priority),
                )
                .max();
            let one_runs_alone = running.iter().any(|&(_, handler)| !sketches[handler].concurrent);
            for handler in (0..sketches.len())
                .filter(|&handler| ready(handler) && sketches[handler].concurrent)
            {
                prop_assert!(
                    one_runs_alone || Some(sketches[handler].priority) < top,
                    "{handler} could run, and does not"
                );
            }
            let (number, handler) =
                running.swap_remove(ends.next().map_or(0, |end| end.index(running.len())));
            schedule.finish(number);
            finished.insert(handler);
        }
        prop_assert_eq!(schedule.start(), Next::Done);
    }

    /// Handlers that are registered when others have run already take their place among the rest.
    #[test]
    fn latecomers_run_at_their_place(
        sketches in acyclic(16, 3),
        early in any::<prop::sample::Index>(),
    ) {
        let early = early.index(sketches.len()) + 1;
        let (mut table, mut ids) = table(&sketches[..early]);
        let mut schedule = schedule_of(&table);
        let mut order = Vec::new();
        let step = |schedule: &mut Schedule, ids: &[HandlerId]| {
            let Next::Run(number) = schedule.start() else { return None };
            schedule.finish(number);
            ids.iter().position(|id| id.sequence() == schedule.rank(number).sequence)
        };
        order.extend(step(&mut schedule, &ids));
        for (place, sketch) in sketches.iter().enumerate().skip(early) {
            let after = sketch.after.iter().map(|&other| Key::Id(ids[other])).collect();
            ids.push(place_in(&mut table, sketch.priority, sketch.concurrent, after, Vec::new()));
            let rank = table
                .ranks()
                .find(|rank| rank.sequence == ids[place].sequence())
                .expect("it waits");
            schedule.admit(rank, &[], &table).expect("there is memory");
        }
        while let Some(handler) = step(&mut schedule, &ids) {
            order.push(handler);
        }
        let mut expected = vec![order[0]];
        let mut rest: Vec<usize> = Vec::new();
        let mut left: BTreeSet<usize> =
            (0..sketches.len()).filter(|&handler| handler != order[0]).collect();
        while !left.is_empty() {
            let ready = left.iter().copied().filter(|&handler| {
                sketches[handler].after.iter().all(|other| !left.contains(other))
            });
            let next = ready
                .max_by_key(|&handler| (sketches[handler].priority, handler))
                .expect("there is no cycle");
            left.remove(&next);
            rest.push(next);
        }
        expected.extend(rest);
        prop_assert_eq!(order, expected);
    }
}
