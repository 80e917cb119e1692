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
    super::break_all(links, &mut Interrupt::new(&mut || true)).expect("there is time")
}

#[test]
fn cycles_are_looked_for_only_where_some_can_be() {
    let left = |waits| {
        on_or_behind_cycles(&links(5, waits), &mut Interrupt::new(&mut || true))
            .expect("there is time")
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
