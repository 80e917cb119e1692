//! Handlers that wait for each other in a circle: found, and broken.
//!
//! Of the handlers of a circle the one that comes first by priority waits for none of them. If the others still wait in a circle, the same goes for them. All other edges stay.

use super::links::Links;
use std::collections::VecDeque;

/// Breaks all cycles. Handlers have their numbers in the order in which they run without edges. Each cycle is a list in which every handler waits for the one behind it, and the last one
/// for the first.
pub(crate) fn break_all(links: &mut Links) -> Vec<Vec<u32>> {
    let mut cycles = Vec::new();
    let mut entangled = leftovers(links);
    let mut knots = knots(links, &mut entangled);
    while let Some(mut knot) = knots.pop() {
        let first = knot.iter().copied().min().unwrap_or_default();
        cycles.push(shortest_cycle(links, &knot, first));
        for &handler in &knot {
            links.cut(handler, first);
        }
        knots.extend(self::knots(links, &mut knot));
    }
    cycles.sort_unstable();
    cycles
}

/// The handlers that are on a cycle or wait for one: what is left when one after the other of those that wait for nobody is taken away.
fn leftovers(links: &Links) -> Vec<u32> {
    let mut blockers = links.blockers().to_vec();
    let mut free: Vec<u32> = (0..links.len()).filter(|&handler| blockers[handler as usize] == 0).collect();
    while let Some(handler) = free.pop() {
        for to in links.waiting_for(handler) {
            blockers[to as usize] -= 1;
            if blockers[to as usize] == 0 {
                free.push(to);
            }
        }
    }
    (0..links.len()).filter(|&handler| blockers[handler as usize] > 0).collect()
}

/// What Tarjan's algorithm knows of a handler.
#[derive(Clone, Copy)]
struct Visit {
    number: u32,
    /// The lowest number that is known to be reached.
    low: u32,
    on_stack: bool,
}

/// The sets of handlers, of those given, each of which waits for all others of its set: Tarjan's strongly connected components, without those that are one handler that does not wait
/// for itself. `among` is sorted.
fn knots(links: &Links, among: &mut [u32]) -> Vec<Vec<u32>> {
    among.sort_unstable();
    let mut search = Search { links, among, visits: vec![None; among.len()], stack: Vec::new(), visited: 0, knots: Vec::new() };
    for start in 0..among.len() {
        if search.visits[start].is_none() {
            search.explore(start);
        }
    }
    search.knots
}

struct Search<'a> {
    links: &'a Links,
    among: &'a [u32],
    visits: Vec<Option<Visit>>,
    stack: Vec<usize>,
    visited: u32,
    knots: Vec<Vec<u32>>,
}

impl Search<'_> {
    /// Where a handler stands among those that are looked at.
    fn place(&self, handler: u32) -> Option<usize> {
        self.among.binary_search(&handler).ok()
    }

    fn next_places(&self, place: usize) -> Vec<usize> {
        self.links.waiting_for(self.among[place]).filter_map(|to| self.place(to)).collect()
    }

    /// Visits all that can be reached, with a list in place of recursion: a chain may have 10,000 handlers.
    fn explore(&mut self, start: usize) {
        let mut path = vec![(start, self.enter(start))];
        while let Some((place, nexts)) = path.last_mut() {
            let place = *place;
            match nexts.pop() {
                Some(next) => match self.visits[next] {
                    None => path.push((next, self.enter(next))),
                    Some(visit) if visit.on_stack => self.lower(place, visit.number),
                    Some(_) => {}
                },
                None => {
                    path.pop();
                    let low = self.leave(place);
                    if let Some(&(parent, _)) = path.last() {
                        self.lower(parent, low);
                    }
                }
            }
        }
    }

    fn enter(&mut self, place: usize) -> Vec<usize> {
        self.visits[place] = Some(Visit { number: self.visited, low: self.visited, on_stack: true });
        self.visited += 1;
        self.stack.push(place);
        self.next_places(place)
    }

    fn lower(&mut self, place: usize, low: u32) {
        if let Some(visit) = &mut self.visits[place] {
            visit.low = visit.low.min(low);
        }
    }

    /// Ends the visit. If nothing before this handler was reached from it, what was visited since is a set of its own.
    fn leave(&mut self, place: usize) -> u32 {
        let Some(visit) = self.visits[place] else { return u32::MAX };
        if visit.low < visit.number {
            return visit.low;
        }
        let bottom = self.stack.iter().rposition(|&visited| visited == place).unwrap_or_default();
        let set = self.stack.split_off(bottom);
        for &member in &set {
            self.visits[member] = self.visits[member].map(|visit| Visit { on_stack: false, ..visit });
        }
        let handlers: Vec<u32> = set.into_iter().map(|member| self.among[member]).collect();
        let waits_for_itself = |handler: u32| self.links.waiting_for(handler).any(|to| to == handler);
        if handlers.len() > 1 || waits_for_itself(handlers[0]) {
            self.knots.push(handlers);
        }
        visit.low
    }
}

/// The shortest way from `first` to itself, told from the one that waits: `first`, what it waits for, and so on.
fn shortest_cycle(links: &Links, knot: &[u32], first: u32) -> Vec<u32> {
    let mut members = knot.to_vec();
    members.sort_unstable();
    let place = |handler: u32| members.binary_search(&handler).ok();
    let mut reached_from: Vec<Option<u32>> = vec![None; members.len()];
    let mut queue = VecDeque::from([first]);
    while let Some(handler) = queue.pop_front() {
        for to in links.waiting_for(handler) {
            if to == first {
                return way_back(first, handler, |handler| reached_from[place(handler)?]);
            }
            if let Some(place) = place(to).filter(|&place| reached_from[place].is_none()) {
                reached_from[place] = Some(handler);
                queue.push_back(to);
            }
        }
    }
    vec![first]
}

/// From `first`, which waits for `last`, back along the edges until `first` is reached again.
fn way_back(first: u32, last: u32, reached_from: impl Fn(u32) -> Option<u32>) -> Vec<u32> {
    let back = core::iter::successors(Some(last), |&handler| reached_from(handler));
    core::iter::once(first).chain(back.take_while(|&handler| handler != first)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Handlers and the edges between them, as `(waits, for)`.
    fn links(handlers: usize, waits: &[(u32, u32)]) -> Links {
        let mut links = Links::new(handlers).unwrap();
        for &(waits, first) in waits {
            links.link(first, waits).unwrap();
        }
        links
    }

    #[test]
    fn without_cycles_nothing_is_cut() {
        let mut links = links(4, &[(0, 3), (1, 3), (2, 0), (2, 1)]);
        assert!(break_all(&mut links).is_empty());
        assert!(!links.is_free(0) && !links.is_free(2) && links.is_free(3));
    }

    #[test]
    fn a_cycle_is_told_from_the_one_that_goes_first() {
        let mut links = links(4, &[(1, 2), (2, 3), (3, 1), (0, 3)]);
        assert_eq!(break_all(&mut links), [[1, 2, 3]]);
        assert!(links.is_free(1), "the first one by priority waits no more");
        assert!(!links.is_free(0) && !links.is_free(2) && !links.is_free(3), "all others do");
    }

    #[test]
    fn one_that_waits_for_itself_is_a_cycle() {
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
    fn who_waits_for_a_cycle_goes_on_waiting() {
        let mut links = links(3, &[(1, 2), (2, 1), (0, 2)]);
        assert_eq!(break_all(&mut links), [[1, 2]]);
        assert!(!links.is_free(0));
    }

    #[test]
    fn a_ring_of_ten_thousand_is_one_cycle() {
        let waits: Vec<(u32, u32)> = (0..10_000).map(|handler| (handler, (handler + 1) % 10_000)).collect();
        let cycles = break_all(&mut links(10_000, &waits));
        assert_eq!(cycles.len(), 1);
        assert_eq!(cycles[0].len(), 10_000);
    }
}
