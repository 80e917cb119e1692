use super::*;
use crate::handler::id::HandlerId;
use crate::registry::tests::place_in;
use proptest::prelude::*;

static DECLARED: [Declared; 4] = [
    Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(())),
    Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(())).priority(1).inherit(),
    Declared::new("c", "app", "a.rs", 3, 1, |_| Ok(())).priority(-1),
    Declared::new("d", "app", "a.rs", 4, 1, |_| Ok(())),
];

fn place(table: &mut Table, priority: i32) -> HandlerId {
    place_in(table, priority, false, Vec::new(), Vec::new())
}

/// A table with so many handlers of one priority. After each of `taken_back`, the last one is
/// unregistered.
fn in_order(count: usize, taken_back: &[usize]) -> (Table, Vec<HandlerId>) {
    let (mut table, mut ids) = (Table::new(), Vec::new());
    while ids.len() < count {
        ids.push(place(&mut table, 0));
        if taken_back.contains(&ids.len()) {
            let last = place(&mut table, 0);
            table.remove(last).map(drop).expect("it waits");
        }
    }
    (table, ids)
}

fn of(table: &Table, may_come_later: bool) -> Queue {
    let later = may_come_later.then_some(&LATER);
    Queue::of(&DECLARED, true, table, later).expect("there is memory")
}

#[test]
fn handlers_that_are_in_order_come_later() {
    let comes_later = |table: &Table, may: bool| of(table, may).chunks > 0;
    let (mut table, _) = in_order(MANY, &[1, 16, 17, MANY]);
    assert!(comes_later(&table, true) && !comes_later(&table, false));
    assert!(!comes_later(&in_order(MANY - 1, &[]).0, true), "they are few");
    place(&mut table, 1);
    assert!(!comes_later(&table, true), "their priorities differ");

    let (mut table, ids) = in_order(MANY + 1, &[]);
    table.remove(ids[5]).map(drop).expect("it waits");
    assert!(!comes_later(&table, true), "the next one comes into its slot");

    let (mut table, _) = in_order(MANY, &[]);
    table.begin_run();
    assert!(!comes_later(&table, true), "slots of handlers that have ended are used again");
}

proptest! {
    #[test]
    fn it_is_the_same_queue_if_they_come_later(
        count in MANY..2 * MANY + 40,
        taken_back in prop::collection::vec(0..MANY, 0..4),
        removed in prop::collection::vec((0..600_usize, any::<prop::sample::Index>()), 0..40),
        late in prop::collection::vec(0..600_usize, 0..20),
        passes in prop::collection::vec((0..600_usize, 1..PLACES), 0..4),
        completes_at in 0..900_usize,
    ) {
        let (mut table, mut ids) = in_order(count, &taken_back);
        let [mut whole, mut later] = [of(&table, false), of(&table, true)];
        prop_assert!(later.chunks > 0 && later.handlers.len() == 1, "the first one is declared");
        table.begin_run();
        let mut ran = 0;
        for step in 0.. {
            for (_, place) in removed.iter().filter(|(at, _)| *at == step) {
                if !ids.is_empty() {
                    // It may have been taken before.
                    _ = table.remove(ids.swap_remove(place.index(ids.len())));
                }
            }
            late.iter().filter(|&&at| at == step).for_each(|_| _ = place(&mut table, 0));
            if step == completes_at {
                later.complete(&table);
                prop_assert_eq!((later.chunks, later.declared.len()), (0, 0));
            }
            later.prepare(&table);
            let prepared = later.as_slice().len();
            prop_assert!(prepared >= PLACES || (!later.comes_later()));
            let declared = whole.declared_left(0).count();
            prop_assert_eq!(later.declared_left(0).count(), declared);
            let next = whole.peek(&DECLARED, &table);
            prop_assert_eq!(later.peek(&DECLARED, &table), next);
            prop_assert!(next.is_none() || later.has_left(&table));
            let Some(rank) = next else { break };
            prop_assert!(later.most_left(&table) > 0);
            if !rank.is_declared() {
                prop_assert!(table.take(rank).is_some());
                table.ended(HandlerId::of(rank));
            }
            ran += 1;
            for queue in [&mut whole, &mut later] {
                queue.pass(1);
            }
            for (_, most) in passes.iter().filter(|(at, _)| *at == step) {
                let begun = later.as_slice().len().min(*most);
                for &handler in &later.as_slice()[..begun] {
                    let rank = if handler.is_declared() {
                        declared_rank(&DECLARED, handler)
                    } else {
                        table.rank_of_queued(handler)
                    };
                    // One that was unregistered is passed, too.
                    let Some(rank) = rank else { continue };
                    prop_assert_eq!(whole.peek(&DECLARED, &table), Some(rank));
                    whole.pass(1);
                    prop_assert!(rank.is_declared() || table.take(rank).is_some());
                    ran += 1;
                }
                later.pass(begun);
            }
        }
        prop_assert!(ran >= DECLARED.len() && later.as_slice().is_empty());
    }
}
