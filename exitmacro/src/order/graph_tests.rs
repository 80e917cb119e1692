use super::*;

fn links(handlers: usize, edges: &[(u32, u32)]) -> Links {
    let mut links = Links::new(handlers).unwrap();
    for &(from, to) in edges {
        links.link(from, to).unwrap();
    }
    links
}

#[test]
fn a_handler_is_free_when_all_that_it_waits_for_have_finished() {
    let mut links = links(3, &[(0, 2), (1, 2)]);
    let mut freed = Vec::new();
    links.release(0, |handler| freed.push(handler));
    assert!(freed.is_empty() && !links.is_free(2));
    links.release(1, |handler| freed.push(handler));
    assert_eq!(freed, [2]);
    assert!(links.is_free(2));
}

#[test]
fn pairs_lead_through_joins_and_are_named_once() {
    let mut links = links(4, &[(0, 1), (0, 1)]);
    let join = links.add_join().unwrap();
    for (from, to) in [(0, join), (2, join), (join, 3), (join, 1), (join, 2)] {
        links.link(from, to).unwrap();
    }
    let pairs = [(0, 1), (0, 2), (0, 3), (2, 1), (2, 3)];
    assert_eq!(links.pairs(100), pairs, "2 is on both sides of the join");
    assert_eq!(links.pairs(2).len(), 2);
    for handler in [0, 2, 1, 3] {
        links.release(handler, |_| ());
    }
    assert_eq!(links.pairs(100), pairs, "also when all have finished");
}

#[test]
fn an_edge_that_is_added_twice_frees_once() {
    let mut links = links(2, &[(0, 1), (0, 1)]);
    let mut freed = 0;
    links.release(0, |_| freed += 1);
    assert_eq!(freed, 1);
}

#[test]
fn an_edge_that_is_cut_blocks_nothing() {
    let mut links = links(3, &[(0, 1), (0, 2), (0, 1)]);
    links.cut(0, 1);
    assert!(links.is_free(1) && !links.is_free(2));
    assert_eq!(links.waiting_for(0).collect::<Vec<_>>(), [2]);
}

/// The handlers that are free once these have finished, in the order in which they became free.
fn freed(links: &mut Links, finished: &[u32]) -> Vec<u32> {
    let mut freed = Vec::new();
    finished.iter().for_each(|&handler| links.release(handler, |handler| freed.push(handler)));
    freed
}

#[test]
fn all_handlers_behind_a_join_wait_for_all_before_it() {
    let mut links = links(4, &[]);
    let (join, second) = (links.add_join().unwrap(), links.add_join().unwrap());
    for (from, to) in [(0, join), (1, join), (join, second), (second, 2), (second, 3)] {
        links.link(from, to).unwrap();
    }
    assert!(freed(&mut links, &[1]).is_empty());
    assert_eq!(freed(&mut links, &[0]), [3, 2]);
    assert!(links.is_free(join) && links.is_free(second));
}

#[test]
fn no_handler_waits_for_itself_through_a_join() {
    let mut links = links(3, &[]);
    let join = links.add_join().unwrap();
    links.set_mutual(join);
    for (from, to) in [(0, join), (1, join), (join, 1), (join, 2)] {
        links.link(from, to).unwrap();
    }
    assert_eq!(freed(&mut links, &[0]), [1]);
    assert_eq!(freed(&mut links, &[1]), [2]);
}

#[test]
fn a_chain_of_joins_is_released_without_recursion() {
    let mut links = links(2, &[]);
    let mut last = 0;
    for _ in 0..200_000 {
        let join = links.add_join().unwrap();
        links.link(last, join).unwrap();
        last = join;
    }
    links.link(last, 1).unwrap();
    assert_eq!(freed(&mut links, &[0]), [1]);
}

#[test]
fn handlers_can_be_added() {
    let mut links = links(1, &[]);
    let late = links.add().unwrap();
    links.link(late, 0).unwrap();
    assert!(!links.is_free(0));
    assert_eq!(links.len(), 2);
}
