//! Finds ordering cycles, and breaks them.
//!
//! In each cycle, the handler of highest priority waits for none of the others. If these still form
//! a cycle, the same happens to them. All other edges stay.

use crate::order::graph::{Links, NONE};
use crate::order::interrupt::{Interrupt, Unplanned};
use std::collections::{TryReserveError, VecDeque};

/// Breaks all cycles. Handlers are numbered in the order in which they run without edges, and all
/// joins have higher numbers. Each cycle is a list of handlers in which each waits for the next,
/// and the last one for the first.
pub(crate) fn break_all(
    links: &mut Links,
    interrupt: &mut Interrupt<'_>,
) -> Result<Vec<Vec<u32>>, Unplanned> {
    let mut cycles = Vec::new();
    let entangled = leftovers(links, interrupt)?;
    if entangled.is_empty() {
        return Ok(cycles);
    }
    let mut search = Search::new(links, interrupt)?;
    let mut knots = search.knots(&entangled)?;
    let mut sources = None;
    while let Some(mut knot) = knots.pop() {
        search.gather(&knot);
        let first = knot.iter().copied().min().unwrap_or_default();
        cycles.push(search.shortest_cycle(&knot, first)?);
        if sources.is_none() && knot.iter().any(|&member| search.links.is_join(member)) {
            sources = Some(Sources::of(search.links, search.interrupt)?);
        }
        search.cut(&knot, first, &mut sources)?;
        knot.retain(|&member| member != first);
        knots.extend(search.knots(&knot)?);
    }
    cycles.sort_unstable();
    Ok(cycles)
}

/// The handlers and joins that are on a cycle or wait for one: the rest when vertices that wait for
/// nothing are removed, one after the other.
fn leftovers(links: &Links, interrupt: &mut Interrupt<'_>) -> Result<Vec<u32>, Unplanned> {
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

fn filled<T: Clone>(length: u32, value: T) -> Result<Vec<T>, TryReserveError> {
    let mut list = Vec::new();
    list.try_reserve_exact(length as usize)?;
    list.resize(length as usize, value);
    Ok(list)
}

/// What is known of a handler or a join.
#[derive(Clone, Copy)]
struct Visit {
    /// Which of the examined sets it belongs to; 0 for none.
    set: u32,
    /// When Tarjan's algorithm visited it, counted from 1; 0 for not yet.
    number: u32,
    /// The lowest number that it is known to reach.
    low: u32,
    on_stack: bool,
    /// From which handler it was reached.
    from: u32,
    /// It has an edge to the first one of a cycle.
    closes: bool,
}

impl Visit {
    const NONE: Self =
        Self { set: 0, number: 0, low: 0, on_stack: false, from: NONE, closes: false };
}

struct Search<'a, 'b> {
    links: &'a mut Links,
    interrupt: &'a mut Interrupt<'b>,
    visits: Vec<Visit>,
    sets: u32,
    stack: Vec<u32>,
    visited: u32,
}

impl<'a, 'b> Search<'a, 'b> {
    fn new(
        links: &'a mut Links,
        interrupt: &'a mut Interrupt<'b>,
    ) -> Result<Self, TryReserveError> {
        let visits = filled(links.len(), Visit::NONE)?;
        Ok(Self { links, interrupt, visits, sets: 0, stack: Vec::new(), visited: 0 })
    }

    /// Makes these the examined set.
    fn gather(&mut self, members: &[u32]) {
        self.sets += 1;
        for &member in members {
            self.visits[member as usize] = Visit { set: self.sets, ..Visit::NONE };
        }
    }

    fn visit(&mut self, number: u32) -> &mut Visit {
        &mut self.visits[number as usize]
    }

    /// Whether it belongs to the examined set.
    fn is_member(&self, number: u32) -> bool {
        self.visits.get(number as usize).is_some_and(|visit| visit.set == self.sets)
    }

    /// The strongly connected components of these handlers, by Tarjan's algorithm, without those of
    /// a single handler that does not wait for itself. A handler never waits for itself through a
    /// join.
    fn knots(&mut self, among: &[u32]) -> Result<Vec<Vec<u32>>, Unplanned> {
        self.gather(among);
        self.visited = 0;
        let mut knots = Vec::new();
        for &start in among {
            if self.visit(start).number == 0 {
                self.explore(start, &mut knots)?;
            }
        }
        Ok(knots)
    }

    /// Visits all that can be reached, with a list in place of recursion: a chain may have 10,000
    /// handlers.
    fn explore(&mut self, start: u32, knots: &mut Vec<Vec<u32>>) -> Result<(), Unplanned> {
        let mut path = vec![(start, self.enter(start))];
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
                        path.push((to, self.enter(to)));
                    } else if visit.on_stack {
                        self.lower(number, visit.number);
                    }
                }
                None => {
                    path.pop();
                    let low = self.leave(number, knots);
                    if let Some(&(parent, _)) = path.last() {
                        self.lower(parent, low);
                    }
                }
            }
        }
        Ok(())
    }

    fn enter(&mut self, number: u32) -> u32 {
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

    /// Ends the visit. If it reaches nothing before it, the vertices visited since form a
    /// component.
    fn leave(&mut self, number: u32, knots: &mut Vec<Vec<u32>>) -> u32 {
        let Visit { number: visited, low, .. } = *self.visit(number);
        if low < visited {
            return low;
        }
        let bottom = self.stack.iter().rposition(|&visited| visited == number).unwrap_or_default();
        let set = &self.stack[bottom..];
        set.iter().for_each(|&member| self.visits[member as usize].on_stack = false);
        let mut handlers = set.iter().copied().filter(|&member| !self.links.is_join(member));
        let is_knot = match (handlers.next(), handlers.next()) {
            (Some(_), Some(_)) => true,
            (Some(alone), None) => self.links.waiting_for(alone).any(|to| to == alone),
            (None, _) => false,
        };
        if is_knot {
            knots.push(set.to_vec());
        }
        self.stack.truncate(bottom);
        low
    }

    /// The shortest path from `first` to itself, in the direction of waiting: `first`, what it
    /// waits for, and so on. Joins are left out. The component is the examined set.
    fn shortest_cycle(&mut self, knot: &[u32], first: u32) -> Result<Vec<u32>, Unplanned> {
        for &member in knot {
            if self.links.is_join(member) && self.links.waiting_for(member).any(|to| to == first) {
                self.visit(member).closes = true;
            }
        }
        let mut queue = VecDeque::from([first]);
        while let Some(handler) = queue.pop_front() {
            let mut link = self.links.first_from(handler);
            while let Some((to, next)) = self.links.link_at(link) {
                link = next;
                self.interrupt.step()?;
                // Through a join, a handler does not wait for itself.
                if to == first || (self.is_member(to) && self.visit(to).closes && handler != first)
                {
                    return Ok(self.way_back(first, handler));
                }
                if !self.reach(to, handler) {
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
        }
        Ok(vec![first])
    }

    /// Notes from where a member of the component was reached; `false` when it is no member, or was
    /// reached before.
    fn reach(&mut self, number: u32, from: u32) -> bool {
        let is_new = self.is_member(number) && self.visit(number).from == NONE;
        if is_new {
            self.visit(number).from = from;
        }
        is_new
    }

    /// From `first`, which waits for `last`, back along the edges until `first` is reached again.
    fn way_back(&self, first: u32, last: u32) -> Vec<u32> {
        let back = core::iter::successors(Some(last), |&handler| {
            Some(self.visits[handler as usize].from).filter(|&from| from != NONE)
        });
        core::iter::once(first).chain(back.take_while(|&handler| handler != first)).collect()
    }

    /// Makes `first` wait for none of its component, which is the examined set. If a join of the
    /// component also waits for others, these get a join of their own.
    fn cut(
        &mut self,
        knot: &[u32],
        first: u32,
        sources: &mut Option<Sources>,
    ) -> Result<(), Unplanned> {
        for &member in knot {
            self.interrupt.step()?;
            if self.links.cut(member, first)
                && self.links.is_join(member)
                && let Some(sources) = sources
                && let Some(others) = sources.split(member, self)?
            {
                self.links.link(others, first)?;
            }
        }
        Ok(())
    }
}

/// For each join, the vertices with edges to it, and the numbers of these edges.
struct Sources {
    /// The number of the first join.
    start: u32,
    of: Vec<Vec<(u32, u32)>>,
}

impl Sources {
    fn of(links: &Links, interrupt: &mut Interrupt<'_>) -> Result<Self, Unplanned> {
        let start = (0..links.len()).find(|&number| links.is_join(number)).unwrap_or(links.len());
        let mut sources = Self { start, of: filled(links.len() - start, Vec::new())? };
        for number in 0..links.len() {
            for (link, to) in links.numbered_from(number) {
                interrupt.step()?;
                if to >= start {
                    sources.add(to, number, link)?;
                }
            }
        }
        Ok(sources)
    }

    fn add(&mut self, join: u32, from: u32, link: u32) -> Result<(), TryReserveError> {
        let list = &mut self.of[(join - self.start) as usize];
        list.try_reserve(1)?;
        list.push((from, link));
        Ok(())
    }

    /// Moves all that a join of a component waits for outside the component to a join of its own,
    /// before the first one. `None` when there is nothing.
    fn split(&mut self, join: u32, search: &mut Search<'_, '_>) -> Result<Option<u32>, Unplanned> {
        let list = &mut self.of[(join - self.start) as usize];
        let mut others: Vec<(u32, u32)> =
            list.extract_if(.., |&mut (from, _)| !search.is_member(from)).collect();
        if let [(other, _)] = others[..]
            && search.links.is_join(other)
        {
            // It was split before, and nothing has left the component since.
            list.extend(others);
            return Ok(Some(other));
        }
        if others.is_empty() {
            return Ok(None);
        }
        let links = &mut *search.links;
        let outer = links.add_join()?;
        for &(from, link) in &others {
            search.interrupt.step()?;
            links.redirect(from, link, outer);
        }
        let link = links.link(outer, join)?;
        self.of.try_reserve(1)?;
        others.shrink_to_fit();
        self.of.push(others);
        self.add(join, outer, link)?;
        Ok(Some(outer))
    }
}

#[cfg(test)]
#[path = "cycles_tests.rs"]
mod tests;
