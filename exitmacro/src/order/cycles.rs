//! Finds and breaks cycles of handlers that wait for each other.
//!
//! In each strongly connected component, the first handler by priority does not wait for any
//! handler of the component. If some of the others still form a component, the same rule breaks it.
//! All other edges stay.

use crate::order::graph::{Links, NONE};
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::order::join_sources::{Sources, filled};
use std::collections::{TryReserveError, VecDeque};

/// A cycle: each handler was to wait for the next one, and the last one for the first. The edge
/// from the second one to the first is not kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Broken<T> {
    pub(crate) handlers: Vec<T>,
    /// How many more edges to the first handler are not kept, which no cycle names.
    pub(crate) more: usize,
}

/// Breaks all cycles. Handlers are numbered in the order in which they run without edges, and all
/// joins have higher numbers. Returns, for each edge that is not kept, the shortest cycle through
/// it.
pub(crate) fn break_all(
    links: &mut Links,
    interrupt: &mut Interrupt,
) -> Result<Vec<Broken<u32>>, Unplanned> {
    let mut cycles = Vec::new();
    let remaining = on_or_behind_cycles(links, interrupt)?;
    if remaining.is_empty() {
        return Ok(cycles);
    }
    let mut search = Search::new(links, interrupt)?;
    let mut components = search.components(&remaining)?;
    let mut sources = None;
    while let Some(mut component) = components.pop() {
        search.set_current(&component);
        let first = component.iter().copied().min().unwrap_or_default();
        search.add_cycles(&component, first, &mut cycles)?;
        if sources.is_none() && component.iter().any(|&member| search.links.is_join(member)) {
            sources = Some(Sources::of(search.links, search.interrupt)?);
        }
        search.cut(&component, first, &mut sources)?;
        component.retain(|&member| member != first);
        components.extend(search.components(&component)?);
    }
    cycles.sort_unstable();
    Ok(cycles)
}

/// The handlers and joins that are on a cycle, or wait for one that is: those that remain when all
/// others, which wait for nothing that remains, are removed one by one.
fn on_or_behind_cycles(links: &Links, interrupt: &mut Interrupt) -> Result<Vec<u32>, Unplanned> {
    let mut blockers = filled(links.len(), 0)?;
    (0..links.len())
        .zip(&mut blockers)
        .for_each(|(number, blockers)| *blockers = links.blockers(number));
    let mut free: Vec<u32> = (0..links.len()).filter(|&number| links.is_free(number)).collect();
    while let Some(number) = free.pop() {
        interrupt.step()?;
        for to in links.waiting_for(number) {
            interrupt.step()?;
            blockers[to as usize] -= 1;
            if blockers[to as usize] == 0 {
                free.push(to);
            }
        }
    }
    Ok((0..links.len()).filter(|&number| blockers[number as usize] > 0).collect())
}

/// What the search knows about a handler or a join.
#[derive(Clone, Copy)]
struct Visit {
    /// The number of the set that it belongs to; 0 for none.
    set: u32,
    /// The order in which Tarjan's algorithm reached it, counted from 1; 0 before.
    number: u32,
    /// The lowest such number that is known to be reachable from it.
    low: u32,
    on_stack: bool,
    /// From which handler it was reached.
    from: u32,
    /// Whether it has an edge to the first handler of a cycle.
    closes: bool,
}

impl Visit {
    const NONE: Self =
        Self { set: 0, number: 0, low: 0, on_stack: false, from: NONE, closes: false };
}

struct Search<'a> {
    links: &'a mut Links,
    interrupt: &'a mut Interrupt,
    visits: Vec<Visit>,
    sets: u32,
    stack: Vec<u32>,
    visited: u32,
    /// How many more handlers cycles may name, besides the shortest cycle of each first handler.
    room: usize,
}

/// What each cycle takes of the room, besides its handlers.
const CYCLE: usize = 8;

/// How many handlers cycles may name: two for each handler and join, and these. A few dense
/// components have more edges that are not kept than there is memory for their cycles.
const ROOM: usize = 1_024;

impl<'a> Search<'a> {
    fn new(links: &'a mut Links, interrupt: &'a mut Interrupt) -> Result<Self, TryReserveError> {
        let visits = filled(links.len(), Visit::NONE)?;
        let room = 2 * visits.len() + ROOM;
        Ok(Self { links, interrupt, visits, sets: 0, stack: Vec::new(), visited: 0, room })
    }

    /// Makes these the current set.
    fn set_current(&mut self, members: &[u32]) {
        self.sets += 1;
        for &member in members {
            self.visits[member as usize] = Visit { set: self.sets, ..Visit::NONE };
        }
    }

    fn visit(&mut self, number: u32) -> &mut Visit {
        &mut self.visits[number as usize]
    }

    /// Whether it belongs to the current set.
    fn is_member(&self, number: u32) -> bool {
        self.visits.get(number as usize).is_some_and(|visit| visit.set == self.sets)
    }

    /// The strongly connected components among the given handlers and joins, by Tarjan's algorithm.
    /// Leaves out components of one handler that does not wait for itself: a handler never waits
    /// for itself through a join.
    fn components(&mut self, among: &[u32]) -> Result<Vec<Vec<u32>>, Unplanned> {
        self.set_current(among);
        self.visited = 0;
        let mut components = Vec::new();
        for &start in among {
            if self.visit(start).number == 0 {
                self.explore(start, &mut components)?;
            }
        }
        Ok(components)
    }

    /// Visits all that can be reached, with a list in place of recursion: a chain may have 10,000
    /// handlers.
    fn explore(&mut self, start: u32, components: &mut Vec<Vec<u32>>) -> Result<(), Unplanned> {
        let mut path = vec![(start, self.begin_visit(start))];
        while let Some((number, link)) = path.last_mut() {
            self.interrupt.step()?;
            let number = *number;
            match self.links.link_at(*link) {
                Some((to, next)) => {
                    *link = next;
                    if !self.is_member(to) {
                        continue;
                    }
                    let visit = *self.visit(to);
                    if visit.number == 0 {
                        path.push((to, self.begin_visit(to)));
                    } else if visit.on_stack {
                        self.lower(number, visit.number);
                    }
                }
                None => {
                    path.pop();
                    let low = self.end_visit(number, components);
                    if let Some(&(parent, _)) = path.last() {
                        self.lower(parent, low);
                    }
                }
            }
        }
        Ok(())
    }

    fn begin_visit(&mut self, number: u32) -> u32 {
        self.visited += 1;
        let visited = self.visited;
        let visit = self.visit(number);
        (visit.number, visit.low, visit.on_stack) = (visited, visited, true);
        self.stack.push(number);
        self.links.first_from(number)
    }

    fn lower(&mut self, number: u32, low: u32) {
        let visit = self.visit(number);
        visit.low = visit.low.min(low);
    }

    /// Ends the visit. If it reached nothing that was visited before, all that was visited since is
    /// a component.
    fn end_visit(&mut self, number: u32, components: &mut Vec<Vec<u32>>) -> u32 {
        let Visit { number: visited, low, .. } = *self.visit(number);
        if low < visited {
            return low;
        }
        let bottom = self.stack.iter().rposition(|&visited| visited == number).unwrap_or_default();
        let set = &self.stack[bottom..];
        set.iter().for_each(|&member| self.visits[member as usize].on_stack = false);
        let mut handlers = set.iter().copied().filter(|&member| !self.links.is_join(member));
        let is_cyclic = match (handlers.next(), handlers.next()) {
            (Some(_), Some(_)) => true,
            (Some(alone), None) => self.links.waiting_for(alone).any(|to| to == alone),
            (None, _) => false,
        };
        if is_cyclic {
            components.push(set.to_vec());
        }
        self.stack.truncate(bottom);
        low
    }

    /// Adds the shortest cycle through each edge by which `first` waits for its component, which is
    /// the current set. Where there is no room for all of them, counts the others.
    fn add_cycles(
        &mut self,
        component: &[u32],
        first: u32,
        cycles: &mut Vec<Broken<u32>>,
    ) -> Result<(), Unplanned> {
        for &member in component {
            if self.links.is_join(member) && self.links.waiting_for(member).any(|to| to == first) {
                self.visit(member).closes = true;
            }
        }
        let shortest = cycles.len();
        let mut queue = VecDeque::from([first]);
        while let Some(handler) = queue.pop_front() {
            if !self.reach_from(handler, first, &mut queue)? {
                continue;
            }
            if self.room == 0 && cycles.len() > shortest {
                cycles[shortest].more += 1;
                continue;
            }
            let handlers = self.path_back(first, handler);
            if cycles.len() > shortest {
                self.room = self.room.saturating_sub(handlers.len() + CYCLE);
            }
            cycles.push(Broken { handlers, more: 0 });
        }
        Ok(())
    }

    /// Adds to the queue what waits for `handler`, directly or through a join, and was not reached
    /// before. Returns whether `first` waits for `handler`.
    fn reach_from(
        &mut self,
        handler: u32,
        first: u32,
        queue: &mut VecDeque<u32>,
    ) -> Result<bool, Unplanned> {
        let mut closes = false;
        let mut link = self.links.first_from(handler);
        while let Some((to, next)) = self.links.link_at(link) {
            link = next;
            self.interrupt.step()?;
            // Through a join, a handler does not wait for itself.
            closes |=
                to == first || (self.is_member(to) && self.visit(to).closes && handler != first);
            if to == first || !self.reach(to, handler) {
                continue;
            }
            if !self.links.is_join(to) {
                queue.push_back(to);
                continue;
            }
            let mut link = self.links.first_from(to);
            while let Some((behind, next)) = self.links.link_at(link) {
                link = next;
                self.interrupt.step()?;
                if behind != first && self.reach(behind, handler) {
                    queue.push_back(behind);
                }
            }
        }
        Ok(closes)
    }

    /// Notes from where a member of the component was reached; `false` when it is not a member, or
    /// was reached before.
    fn reach(&mut self, number: u32, from: u32) -> bool {
        let is_new = self.is_member(number) && self.visit(number).from == NONE;
        if is_new {
            self.visit(number).from = from;
        }
        is_new
    }

    /// The path from `first`, which waits for `last`, along the noted edges until `first` is
    /// reached again.
    fn path_back(&self, first: u32, last: u32) -> Vec<u32> {
        let back = core::iter::successors(Some(last), |&handler| {
            Some(self.visits[handler as usize].from).filter(|&from| from != NONE)
        });
        core::iter::once(first).chain(back.take_while(|&handler| handler != first)).collect()
    }

    /// Moves all that a join of the current set waits for outside of it behind a new join.
    fn split(&mut self, sources: &mut Sources, join: u32) -> Result<Option<u32>, Unplanned> {
        let Self { links, interrupt, visits, sets, .. } = self;
        let is_member =
            |number: u32| visits.get(number as usize).is_some_and(|visit| visit.set == *sets);
        sources.split(join, is_member, links, interrupt)
    }

    /// Removes the edges by which `first` waits for its component, which is the current set. What
    /// it waits for outside the component through a join of the component gets a join of its own.
    fn cut(
        &mut self,
        component: &[u32],
        first: u32,
        sources: &mut Option<Sources>,
    ) -> Result<(), Unplanned> {
        for &member in component {
            self.interrupt.step()?;
            if self.links.cut(member, first)
                && self.links.is_join(member)
                && let Some(sources) = sources
                && let Some(others) = self.split(sources, member)?
            {
                self.links.link(others, first)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "cycles_tests.rs"]
mod tests;
