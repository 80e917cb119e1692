use super::*;

/// Handlers and the edges between them, as `(waits, for)`.
fn links(handlers: usize, waits: &[(u32, u32)]) -> Links {
    let mut links = Links::new(handlers).unwrap();
    for &(waits, first) in waits {
        links.link(first, waits).unwrap();
    }
    links
}

fn break_all(links: &mut Links) -> Vec<Vec<u32>> {
    found(links).into_iter().map(|cycle| cycle.handlers).collect()
}

fn found(links: &mut Links) -> Vec<Broken<u32>> {
    super::break_all(links, &mut Interrupt::never()).expect("there is time")
}

#[test]
fn cycles_are_looked_for_only_where_some_can_be() {
    let left = |waits| {
        on_or_behind_cycles(&links(5, waits), &mut Interrupt::never()).expect("there is time")
    };
    assert!(left(&[(1, 0), (2, 0), (2, 1), (3, 2)]).is_empty());
    assert_eq!(left(&[(1, 0), (1, 2), (2, 1), (3, 2), (4, 0)]), [1, 2, 3]);
}

#[test]
fn without_cycles_nothing_is_cut() {
    let mut links = links(4, &[(0, 3), (1, 3), (2, 0), (2, 1)]);
    assert!(break_all(&mut links).is_empty());
    assert!(!links.is_free(0) && !links.is_free(2) && links.is_free(3));
}

#[test]
fn a_cycle_begins_with_the_handler_that_runs_first() {
    let mut links = links(4, &[(1, 2), (2, 3), (3, 1), (0, 3)]);
    assert_eq!(break_all(&mut links), [[1, 2, 3]]);
    assert!(links.is_free(1), "the first handler by priority does not wait");
    assert!(!links.is_free(0) && !links.is_free(2) && !links.is_free(3), "all others wait");
}

#[test]
fn a_handler_that_waits_for_itself_is_a_cycle() {
    let mut links = links(2, &[(1, 1)]);
    assert_eq!(break_all(&mut links), [[1]]);
    assert!(links.is_free(1));
}

#[test]
fn cycles_that_are_left_are_broken_too() {
    let mut links = links(3, &[(0, 1), (1, 0), (1, 2), (2, 1)]);
    assert_eq!(break_all(&mut links), [[0, 1], [1, 2]]);
    assert!(links.is_free(0) && !links.is_free(2));
}

#[test]
fn each_edge_that_is_not_kept_has_a_cycle() {
    let mut links = links(5, &[(0, 1), (1, 0), (0, 3), (3, 2), (2, 0), (0, 2), (0, 4)]);
    assert_eq!(break_all(&mut links), [vec![0, 1], vec![0, 2], vec![0, 3, 2]]);
    assert_eq!(links.blockers(0), 1, "the edge from the handler that is on no cycle stays");
}

#[test]
fn an_edge_that_is_there_twice_has_one_cycle() {
    assert_eq!(break_all(&mut links(2, &[(0, 1), (0, 1), (1, 0), (1, 0)])), [[0, 1]]);
}

#[test]
fn edges_for_whose_cycles_there_is_no_room_are_counted() {
    const COUNT: u32 = 10_000;
    // Each waits for the one before it, and the first for all others.
    let waits: Vec<(u32, u32)> =
        (1..COUNT).flat_map(|handler| [(handler, handler - 1), (0, handler)]).collect();
    let cycles = found(&mut links(COUNT as usize, &waits));
    let named: usize = cycles.iter().map(|cycle| cycle.handlers.len()).sum();
    assert!(named < 3 * COUNT as usize + ROOM, "{named}");
    assert_eq!(cycles[0].handlers, [0, 1]);
    let counted: usize = cycles.iter().map(|cycle| cycle.more).sum();
    assert_eq!((cycles.len() + counted, cycles[0].more), (COUNT as usize - 1, counted));
}

#[test]
fn cycles_are_reported_in_the_order_of_their_first_handlers() {
    let mut links = links(6, &[(0, 3), (3, 0), (2, 1), (1, 2), (5, 4), (4, 5)]);
    assert_eq!(break_all(&mut links), [[0, 3], [1, 2], [4, 5]]);
}

#[test]
fn a_handler_behind_a_cycle_still_waits() {
    let mut links = links(3, &[(1, 2), (2, 1), (0, 2)]);
    assert_eq!(break_all(&mut links), [[1, 2]]);
    assert!(!links.is_free(0));
}

#[test]
fn a_ring_of_ten_thousand_is_one_cycle() {
    let waits: Vec<(u32, u32)> =
        (0..10_000).map(|handler| (handler, (handler + 1) % 10_000)).collect();
    let cycles = break_all(&mut links(10_000, &waits));
    assert_eq!(cycles.len(), 1);
    assert_eq!(cycles[0].len(), 10_000);
}
