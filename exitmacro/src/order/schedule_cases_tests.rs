//! The schedule in cases that random handlers do not tell apart.

use crate::handler::edge::Key;
use crate::order::next::Next;
use crate::order::schedule::tests::{Sketch, schedule, schedule_of, table};
use crate::registry::tests::place_in;

#[test]
fn an_unregistered_handler_needs_no_thread() {
    let concurrent = || Sketch { priority: 0, concurrent: true, after: vec![] };
    let (mut schedule, ids) = schedule(&[concurrent(), concurrent()]);
    assert!(matches!(schedule.start(), Next::Run(_)) && schedule.may_start_more());
    schedule.note_gone(ids[0]);
    assert!(!schedule.may_start_more() && !schedule.has_left());
}

#[test]
fn a_latecomer_that_closes_a_cycle_stops_no_handler() {
    let (mut table, ids) = table(&[
        Sketch { priority: 0, concurrent: false, after: vec![] },
        Sketch { priority: 1, concurrent: false, after: vec![0] },
    ]);
    let mut schedule = schedule_of(&table);
    place_in(&mut table, 2, false, vec![Key::Id(ids[1])], vec![Key::Id(ids[0])]);
    let rank = table.ranks().next().expect("it waits");
    schedule.admit(rank, &[], &table).expect("there is memory");
    let mut started = Vec::new();
    while let Next::Run(number) = schedule.start() {
        started.push(schedule.rank(number).priority);
        schedule.finish(number);
    }
    assert_eq!(started, [2, 0, 1], "the highest priority on the cycle runs first");
    assert_eq!(schedule.take_cycles().len(), 1);
}

#[test]
fn of_the_handlers_on_a_late_cycle_the_highest_runs_first() {
    let (mut table, ids) = table(&[
        Sketch { priority: 0, concurrent: false, after: vec![] },
        Sketch { priority: 1, concurrent: false, after: vec![0] },
    ]);
    let mut schedule = schedule_of(&table);
    place_in(&mut table, -1, false, vec![Key::Id(ids[1])], vec![Key::Id(ids[0])]);
    let rank = table.ranks().next().expect("it waits");
    schedule.admit(rank, &[], &table).expect("there is memory");
    let Next::Run(number) = schedule.start() else { panic!("all are stuck") };
    assert_eq!(schedule.rank(number).priority, 1);
}

#[test]
fn what_is_left_has_not_started_and_is_still_registered() {
    let alone = |priority| Sketch { priority, concurrent: false, after: vec![] };
    let (_, ids) = table(&[alone(0), alone(1), alone(2)]);
    let (mut schedule, _) = schedule(&[alone(0), alone(1), alone(2)]);
    assert!(schedule.has_left() && matches!(schedule.start(), Next::Run(_)));
    schedule.note_gone(ids[1]);
    assert!(schedule.has_left(), "one waits");
    schedule.note_gone(ids[0]);
    assert!(!schedule.has_left(), "one runs");
    assert_eq!(schedule.start(), Next::Done);
}

#[test]
fn more_may_start_only_next_to_concurrent_handlers() {
    let sketch = |concurrent| Sketch { priority: 0, concurrent, after: vec![] };
    for (concurrent, may_start_more) in [
        ([true, true], true),
        ([true, false], false),
        ([false, true], false),
        ([false, false], false),
    ] {
        let (mut schedule, _) = schedule(&concurrent.map(sketch));
        assert!(schedule.may_start_more() && matches!(schedule.start(), Next::Run(_)));
        assert_eq!(schedule.may_start_more(), may_start_more, "{concurrent:?}");
    }
    let (mut schedule, _) = schedule(&[sketch(true)]);
    assert!(matches!(schedule.start(), Next::Run(_)) && !schedule.may_start_more());
}

#[test]
fn an_unregistered_handler_is_not_waited_for() {
    let (table, ids) = table(&[
        Sketch { priority: 0, concurrent: false, after: vec![] },
        Sketch { priority: 5, concurrent: false, after: vec![0] },
    ]);
    let mut schedule = schedule_of(&table);
    schedule.note_gone(ids[0]);
    let Next::Run(number) = schedule.start() else { panic!("one is left") };
    assert_eq!(schedule.rank(number).priority, 5);
    schedule.finish(number);
    assert_eq!(schedule.start(), Next::Done);
}
