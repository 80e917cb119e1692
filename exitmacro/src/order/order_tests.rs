use super::*;
use crate::handler::edge::Key;
use crate::order::queue::LATER;
use crate::registry::tests::place_in;
use proptest::prelude::*;

static DECLARED: [Declared; 3] = [
    Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(())),
    Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(())).priority(1).inherit(),
    Declared::new("c", "app", "a.rs", 3, 1, |_| Ok(())).priority(-1),
];

fn order(table: &Table) -> Order {
    Order::of(&DECLARED, true, table, Some(&LATER), &mut Interrupt::never()).0
}

const fn searched(owned: bool) -> Order {
    Order::Searched { declared: &DECLARED, owned, last: None }
}

fn place(table: &mut Table, priority: i32) {
    place_in(table, priority, false, Vec::new(), Vec::new());
}

fn take_in(order: &mut Order, table: &mut Table) -> Option<Unplanned> {
    order.take_in(&DECLARED, table, &mut Vec::new(), &mut Interrupt::never())
}

/// The next handler: its priority, whether it is declared, and its index.
fn next(order: &mut Order, table: &mut Table) -> Option<(i32, bool, u32)> {
    let Next::Run(place) = order.next(&DECLARED, table, false) else { return None };
    assert!(place.rank.is_declared() || table.take(place.rank).is_some(), "it waits");
    order.finish(place);
    Some((place.rank.priority, place.rank.is_declared(), place.rank.index))
}

#[test]
fn there_is_news_if_a_schedule_is_missing_or_out_of_date() {
    let mut table = Table::new();
    let mut sorted = order(&table);
    table.begin_run();
    place(&mut table, 0);
    assert!(!sorted.has_news(&table), "a handler without edges needs no schedule");
    place_in(&mut table, 0, true, Vec::new(), Vec::new());
    assert!(sorted.has_news(&table));
    assert!(!searched(true).has_news(&table));
    let unplanned = Order::Sorted { queue: Queue::EMPTY, unplanned: Some(Unplanned::OutOfTime) };
    assert!(!unplanned.has_news(&table), "planning is tried once");

    assert_eq!(take_in(&mut sorted, &mut table), None);
    let mut scheduled = sorted;
    assert!(matches!(scheduled, Order::Scheduled(_)) && !scheduled.has_news(&table));
    let count = core::iter::from_fn(|| next(&mut scheduled, &mut table)).count();
    assert_eq!(count, DECLARED.len() + 2, "each of them once");
    let late = place_in(&mut table, 0, false, Vec::new(), Vec::new());
    assert!(scheduled.has_news(&table));
    assert_eq!(take_in(&mut scheduled, &mut table), None);
    assert!(!scheduled.has_news(&table));
    table.remove(late).map(drop).expect("it waits");
    assert!(scheduled.has_news(&table));
    assert_eq!(take_in(&mut scheduled, &mut table), None);
    assert!(!scheduled.has_news(&table));
}

#[test]
fn the_upcoming_handlers_are_known_until_a_handler_is_registered() {
    let mut table = Table::new();
    let mut sorted = order(&table);
    let names = |order: &Order, table: &Table| {
        order
            .upcoming(table)
            .iter()
            .map(|handler| DECLARED[handler.index() as usize].name())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&sorted, &table), ["b", "a", "c"]);
    assert_eq!(sorted.following(2), &sorted.upcoming(&table)[..2]);
    assert_eq!(sorted.following(4), sorted.upcoming(&table));
    sorted.pass_many(0);
    assert_eq!(names(&sorted, &table), ["b", "a", "c"]);
    sorted.pass_many(2);
    assert_eq!(names(&sorted, &table), ["c"]);
    table.begin_run();
    place(&mut table, 0);
    assert!(names(&sorted, &table).is_empty());
    assert!(searched(true).upcoming(&Table::new()).is_empty());
    assert!(searched(true).following(1).is_empty());
}

#[test]
fn the_only_handler_is_passed_as_well() {
    let mut table = Table::new();
    place(&mut table, 0);
    let mut only = Order::of(&[], true, &table, Some(&LATER), &mut Interrupt::never()).0;
    assert_eq!(only.following(1).len(), 1);
    only.pass_many(1);
    assert!(only.following(1).is_empty() && next(&mut only, &mut table).is_none());
}

#[test]
fn a_schedule_reports_its_cycles_once() {
    let mut table = Table::new();
    let id = place_in(&mut table, 0, false, Vec::new(), Vec::new());
    place_in(&mut table, 0, false, vec![Key::Id(id)], vec![Key::Id(id)]);
    let mut scheduled = order(&table);
    assert!(!scheduled.has_kept_cycles());
    scheduled.keep_cycles(&DECLARED, &table);
    assert!(scheduled.has_kept_cycles());
    let line = scheduled.line_of_cycles().expect("it has cycles");
    assert!(line.starts_with("ordering cycle: "), "{line}");
    scheduled.keep_cycles(&DECLARED, &table);
    assert!(!scheduled.has_kept_cycles() && scheduled.line_of_cycles().is_none());
    let mut searched = searched(true);
    searched.keep_cycles(&DECLARED, &table);
    assert!(!searched.has_kept_cycles() && searched.line_of_cycles().is_none());
}

proptest! {
    #[test]
    fn searching_finds_what_sorting_does(
        early in prop::collection::vec(-2..3_i32, 0..6),
        late in prop::collection::vec((0..9_usize, -2..3_i32), 0..4),
        owned in any::<bool>(),
    ) {
        let [mut sorting, mut searching] = [Table::new(), Table::new()];
        for &priority in &early {
            place(&mut sorting, priority);
            place(&mut searching, priority);
        }
        let never = &mut Interrupt::never();
        let mut sorted = Order::of(&DECLARED, owned, &sorting, Some(&LATER), never).0;
        let mut searched = searched(owned);
        sorting.begin_run();
        searching.begin_run();
        for step in 0.. {
            for &(_, priority) in late.iter().filter(|&&(at, _)| at == step) {
                place(&mut sorting, priority);
                place(&mut searching, priority);
            }
            let [mut left, mut left_to_search] =
                [&sorted, &searched].map(|order| order.declared_left(&DECLARED));
            left.sort_unstable();
            left_to_search.sort_unstable();
            prop_assert_eq!(left, left_to_search);
            prop_assert_eq!(sorted.has_left(&sorting), searched.has_left(&searching));
            let found = next(&mut sorted, &mut sorting);
            prop_assert_eq!(next(&mut searched, &mut searching), found);
            if found.is_none() {
                break;
            }
        }
        prop_assert!(!searched.has_left(&searching));
    }
}
