use super::*;
use crate::order::interrupt::Interrupt;
use crate::order::next::Next;
use crate::order::schedule::Schedule;
use crate::order::sort::{declared_ranks, sorted};
use crate::registry::tests::place_in;

const fn handler(
    name: &'static str,
    module: &'static str,
    file: &'static str,
    line: u32,
) -> Declared {
    Declared::new(name, module, file, line, 1, |_| Ok(()))
}

/// The handlers in the order in which they run, and the reasons.
fn reasons_of(declared: &'static [Declared], table: &Table) -> Vec<String> {
    let ranks = sorted(declared, declared_ranks(declared, true), table).expect("there is memory");
    let mut schedule = Schedule::of(declared, &ranks, table, &mut Interrupt::never())
        .unwrap_or_else(|_| panic!("there is time"));
    let mut order = Vec::new();
    while let Next::Run(number) = schedule.start() {
        schedule.finish(number);
        order.push(schedule.rank(number));
    }
    let reasons = reasons(declared, &order, table);
    order
        .into_iter()
        .zip(reasons)
        .map(|(rank, reason)| format!("{}: {reason}", name(declared, table, rank)))
        .collect()
}

#[test]
fn a_priority_and_what_decides_among_equals() {
    static HANDLERS: [Declared; 6] = [
        handler("first", "app", "src/main.rs", 1).priority(7),
        handler("a", "app", "src/main.rs", 1),
        handler("b", "app", "src/main.rs", 2),
        handler("c", "app", "src/other.rs", 1),
        handler("d", "lib", "src/lib.rs", 1),
        Declared::new("z", "app", "src/main.rs", 1, 1, |_| Ok(())),
    ];
    let mut table = Table::new();
    place_in(&mut table, 0, false, Vec::new(), Vec::new());
    place_in(&mut table, 0, false, Vec::new(), Vec::new());
    let reasons = reasons_of(&HANDLERS, &table);
    let only_reasons: Vec<_> =
        reasons.iter().map(|line| line.split_once(": ").map_or("", |(_, it)| it)).collect();
    assert_eq!(
        only_reasons,
        [
            "priority 7",
            "priority 0, registered later",
            "priority 0, registered at run time",
            "priority 0, in a crate whose name sorts later",
            "priority 0, in a file whose name sorts later",
            "priority 0, later in src/main.rs",
            "priority 0, with a path that sorts later",
            "priority 0",
        ],
        "{reasons:#?}"
    );
}

#[test]
fn an_edge_is_the_reason_where_it_holds_a_handler_up() {
    static HANDLERS: [Declared; 4] = [
        handler("low", "app", "src/main.rs", 1).priority(-1),
        handler("held", "app", "src/main.rs", 2)
            .priority(9)
            .after(&[Key::Declared(|| &HANDLERS[0])]),
        handler("early", "app", "src/main.rs", 3)
            .priority(5)
            .before(&[Key::Declared(|| &HANDLERS[0])]),
        handler("late", "app", "src/main.rs", 4)
            .priority(-3)
            .after(&[Key::Declared(|| &HANDLERS[0])]),
    ];
    assert_eq!(
        reasons_of(&HANDLERS, &Table::new()),
        [
            "early: priority 5",
            "low: priority -1",
            "held: priority 9, but after `low`",
            // It would run last without the edge.
            "late: priority -3",
        ]
    );
}

#[test]
fn what_waits_for_a_held_handler_is_held_up_as_well() {
    static HANDLERS: [Declared; 3] = [
        handler("low", "app", "src/main.rs", 1).priority(-1),
        handler("held", "app", "src/main.rs", 2)
            .priority(1)
            .after(&[Key::Declared(|| &HANDLERS[0])]),
        handler("next", "app", "src/main.rs", 3).after(&[Key::Declared(|| &HANDLERS[1])]),
    ];
    assert_eq!(
        reasons_of(&HANDLERS, &Table::new()),
        [
            "low: priority -1",
            "held: priority 1, but after `low`",
            "next: priority 0, but after `held`",
        ]
    );
}

#[test]
fn the_ignored_edge_of_a_cycle_is_no_reason() {
    static HANDLERS: [Declared; 2] = [
        handler("a", "app", "src/main.rs", 1).priority(1).after(&[Key::Declared(|| &HANDLERS[1])]),
        handler("b", "app", "src/main.rs", 2).after(&[Key::Declared(|| &HANDLERS[0])]),
    ];
    assert_eq!(reasons_of(&HANDLERS, &Table::new()), ["a: priority 1", "b: priority 0"]);
}

#[test]
fn an_edge_to_a_registered_handler_counts_too() {
    let mut table = Table::new();
    let low = place_in(&mut table, -4, false, Vec::new(), Vec::new());
    place_in(&mut table, 3, false, vec![Key::Id(low)], Vec::new());
    let reasons = reasons_of(&[], &table);
    assert!(reasons[1].contains("priority 3, but after `"), "{reasons:#?}");
}

#[test]
fn values_wait_for_a_handler_that_runs_before_their_type_and_others_for_the_last_value() {
    let mut awaited = Awaited(vec![None; 6]);
    // The handler in place 4 waits for the values in 1, 3 and 5, of which the last comes too late.
    awaited.add_all(&[4], &[1, 3, 5]);
    assert_eq!(awaited.0, [None, None, None, None, Some(3), None]);
    awaited.add_all(&[1, 3, 5], &[0, 2]);
    assert_eq!(awaited.0, [None, Some(0), None, Some(2), Some(3), Some(2)]);
}
