//! Edges to types against a reference that has an edge for each pair of handlers: the same order
//! and the same cycles, step by step, also when handlers are registered and unregistered during the
//! run.

use super::*;
use crate::handler::clock::Moment;
use crate::handler::edge::Key;
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::order::next::Next;
use crate::order::schedule_reference::{Reference, Registered, TYPES};
use crate::order::sort::sorted;
use crate::registry::Table;
use crate::registry::tests::value_in;
use proptest::prelude::*;
use std::cell::Cell;

fn sketches(handlers: usize) -> impl Strategy<Value = Vec<Registered>> {
    let ids = || prop::collection::vec(any::<prop::sample::Index>(), 0..2);
    let types = || prop_oneof![3 => Just(Vec::new()), 2 => prop::collection::vec(0..TYPES, 1..3)];
    let handler = (
        -1..2_i32,
        any::<bool>(),
        prop::option::weighted(0.7, 0..TYPES),
        ids(),
        ids(),
        types(),
        types(),
    );
    prop::collection::vec(handler, 1..handlers).prop_map(|handlers| {
        let earlier = |place: usize, list: Vec<prop::sample::Index>| {
            list.into_iter().filter(|_| place > 0).map(|index| index.index(place)).collect()
        };
        let sketch = |(
            place,
            (priority, concurrent, value_type, after, before, after_types, before_types),
        )| {
            Registered {
                priority,
                concurrent,
                value_type,
                after: earlier(place, after),
                before: earlier(place, before),
                after_types,
                before_types,
            }
        };
        handlers.into_iter().enumerate().map(sketch).collect()
    })
}

fn keys(ids: &[HandlerId], handlers: &[usize], types: &[usize]) -> Vec<Key> {
    handlers
        .iter()
        .map(|&other| Key::Id(ids[other]))
        .chain(types.iter().map(|&ty| value_in::key(ty)))
        .collect()
}

fn register(table: &mut Table, ids: &mut Vec<HandlerId>, sketch: &Registered) {
    let (after, before) = (
        keys(ids, &sketch.after, &sketch.after_types),
        keys(ids, &sketch.before, &sketch.before_types),
    );
    ids.push(value_in::register(
        table,
        sketch.priority,
        sketch.concurrent,
        sketch.value_type,
        after,
        before,
    ));
}

fn schedule(table: &Table, mut interrupt: Interrupt) -> Result<Schedule, Unplanned> {
    let ranks = sorted(&[], core::iter::empty(), table).expect("there is memory");
    Schedule::of(&[], &ranks, table, &mut interrupt).map(|schedule| *schedule)
}

/// What happens between two starts.
#[derive(Clone, Debug)]
enum Event {
    /// A running handler finishes.
    End(usize),
    Admit,
    Unregister(prop::sample::Index),
    Start,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => any::<usize>().prop_map(Event::End),
        2 => Just(Event::Admit),
        1 => any::<prop::sample::Index>().prop_map(Event::Unregister),
        4 => Just(Event::Start),
    ];
    prop::collection::vec(event, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn joins_equal_an_edge_for_each_pair(
        sketches in sketches(14),
        early in any::<prop::sample::Index>(),
        events in events(),
    ) {
        let (mut table, mut ids, mut reference) =
            (Table::new(), Vec::new(), Reference::new(&sketches));
        for sketch in &sketches[..=early.index(sketches.len())] {
            register(&mut table, &mut ids, sketch);
            reference.add();
        }
        let mut schedule = schedule(&table, Interrupt::never()).expect("there is memory and time");
        let place = |rank: Rank| rank.sequence as usize - 1;
        let cycles = schedule.take_cycles();
        for cycle in &cycles {
            let next = cycle.handlers.iter().cycle().skip(1);
            let waits = |(&handler, &other): (&Rank, &Rank)| {
                reference.waits_for[place(handler)].contains(&place(other))
            };
            prop_assert!(cycle.handlers.iter().zip(next).all(waits), "not a cycle: {cycle:?}");
        }
        let mut found: Vec<(usize, usize)> = cycles
            .iter()
            .map(|cycle| (place(cycle.handlers[0]), cycle.handlers.len()))
            .collect();
        found.sort_unstable();
        prop_assert_eq!(found, reference.break_cycles());

        let mut numbers = vec![0; sketches.len()];
        let rest =
            core::iter::repeat_n([Event::Start, Event::End(0)], 3 * sketches.len()).flatten();
        let admits = core::iter::repeat_n(Event::Admit, sketches.len());
        for event in events.into_iter().chain(admits).chain(rest) {
            match event {
                Event::Start => {
                    let expected = reference.start();
                    let started = match schedule.start() {
                        Next::Run(number) => {
                            numbers[place(schedule.rank(number))] = number;
                            Some(place(schedule.rank(number)))
                        }
                        Next::Wait | Next::Done => None,
                    };
                    prop_assert_eq!(
                        started,
                        expected,
                        "running: {:?}, finished: {:?}",
                        reference.running,
                        reference.finished
                    );
                }
                Event::End(index) if !reference.running.is_empty() => {
                    let running: Vec<usize> = reference.running.iter().copied().collect();
                    let handler = running[index % running.len()];
                    reference.finish(handler);
                    schedule.finish(numbers[handler]);
                }
                Event::Admit if reference.present < sketches.len() => {
                    register(&mut table, &mut ids, &sketches[reference.present]);
                    let id = ids[reference.present];
                    reference.add();
                    let rank = table
                        .ranks()
                        .find(|rank| rank.sequence == id.sequence())
                        .expect("it waits");
                    schedule.admit(rank, &[], &table).expect("there is memory");
                }
                Event::Unregister(index) => {
                    let handler = index.index(reference.present);
                    if !reference.has_started(handler) {
                        reference.finish(handler);
                        drop(table.remove(ids[handler]));
                        schedule.note_gone(ids[handler]);
                    }
                }
                Event::End(_) | Event::Admit => {}
            }
        }
        prop_assert_eq!(reference.finished.len(), sketches.len());
        prop_assert_eq!(schedule.start(), Next::Done);
    }
}

fn values(table: &mut Table, count: usize, ty: usize, after: Option<usize>) {
    for _ in 0..count {
        value_in::register(
            table,
            0,
            false,
            Some(ty),
            after.map(value_in::key).into_iter().collect(),
            Vec::new(),
        );
    }
}

#[test]
fn many_values_that_wait_for_many_take_few_edges() {
    const COUNT: usize = 20_000;
    let mut table = Table::new();
    values(&mut table, COUNT, 0, None);
    values(&mut table, COUNT, 1, Some(0));
    let mut schedule = schedule(&table, Interrupt::never()).expect("there is memory and time");
    let mut sequences = Vec::new();
    while let Next::Run(number) = schedule.start() {
        sequences.push(schedule.rank(number).sequence as usize);
        schedule.finish(number);
    }
    let expected: Vec<usize> = (1..=COUNT).rev().chain((COUNT + 1..=2 * COUNT).rev()).collect();
    assert!(
        sequences == expected,
        "the values of the first type, the newest first, then those of the second"
    );
}

#[test]
fn a_plan_that_takes_too_long_is_abandoned() {
    let mut table = Table::new();
    values(&mut table, 3_000, 0, Some(1));
    values(&mut table, 3_000, 1, Some(0));
    thread_local!(static LOOKS: Cell<u64> = const { Cell::new(0) });
    let clock = || {
        LOOKS.set(LOOKS.get() + 1);
        Moment::from_bits(LOOKS.get())
    };
    let interrupt = Interrupt::at(Moment::from_bits(10), clock);
    assert_eq!(schedule(&table, interrupt).err(), Some(Unplanned::OutOfTime));
    assert_eq!(LOOKS.get(), 10, "the clock is not read again");
}

#[test]
fn the_only_value_of_a_type_does_not_wait_for_itself() {
    let mut table = Table::new();
    value_in::register(
        &mut table,
        0,
        false,
        Some(0),
        vec![value_in::key(0)],
        vec![value_in::key(0)],
    );
    let mut schedule = schedule(&table, Interrupt::never()).expect("there is time");
    assert!(matches!(schedule.start(), Next::Run(_)) && schedule.take_cycles().is_empty());
}
