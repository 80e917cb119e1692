//! What may run now: the order of handlers that have edges, or that run side by side. Pure: it is told what has ended, and says what may start.
//!
//! A handler may start when all that it waits for are over, and when none of a higher priority is running or could start. Among those, handlers marked as concurrent run beside each other and beside
//! one that is not; the others run one after the other.

use super::cycles;
use super::links::Links;
use super::names::Names;
use super::sort;
use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::handler::edge::Edges;
use crate::handler::registered::{HandlerId, Table};
use core::cmp::Reverse;
use std::collections::{BinaryHeap, TryReserveError};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    /// It waits for nobody, but has not started.
    Ready,
    Running,
    Over,
}

#[derive(Clone)]
struct Node {
    rank: Rank,
    state: State,
    concurrent: bool,
}

/// Orders those that may start; the greatest goes first. The number settles the order of declared handlers, which are numbered in their order.
type Ready = (i32, u64, Reverse<u32>);

/// One step of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// This handler may start, and counts as running from now on.
    Handler(u32),
    /// None before one of those that are running is over.
    Later,
    /// All are running or over.
    None,
}

#[derive(Clone)]
pub(crate) struct Schedule {
    nodes: Vec<Node>,
    names: Names,
    links: Links,
    /// Those that may start: first the ones that run alone, then the concurrent ones.
    ready: [BinaryHeap<Ready>; 2],
    running: Vec<u32>,
    cycles: Vec<Vec<u32>>,
    /// How many have not started.
    left: usize,
}

impl Schedule {
    /// The order of these declared handlers and of all that wait in the table. Fails when there is no memory for it.
    pub(crate) fn of(declared: &[Declared], waiting: impl Iterator<Item = Rank>, table: &Table) -> Result<Self, TryReserveError> {
        let mut ranks = Vec::new();
        ranks.try_reserve_exact(declared.len() + table.len())?;
        ranks.extend(table.ranks());
        ranks.extend(waiting);
        sort(declared, &mut ranks)?;
        let mut schedule = Self::without_edges(declared, &ranks, table)?;
        for (&rank, number) in ranks.iter().zip(0..) {
            schedule.link(number, edges(declared, table, rank), declared)?;
        }
        schedule.cycles = cycles::break_all(&mut schedule.links);
        for number in 0..ranks.len() as u32 {
            schedule.offer(number);
        }
        Ok(schedule)
    }

    fn without_edges(declared: &[Declared], ranks: &[Rank], table: &Table) -> Result<Self, TryReserveError> {
        /// What finding and breaking cycles takes at most, for each handler. That it can be had is all that is asked for.
        const BYTES_FOR_CYCLES: usize = 96;
        Vec::<u8>::new().try_reserve_exact(ranks.len() * BYTES_FOR_CYCLES)?;
        let mut nodes = Vec::new();
        nodes.try_reserve_exact(ranks.len())?;
        nodes.extend(ranks.iter().map(|&rank| Node { rank, state: State::Waiting, concurrent: is_concurrent(declared, table, rank) }));
        let mut ready = [BinaryHeap::new(), BinaryHeap::new()];
        for heap in &mut ready {
            heap.try_reserve_exact(ranks.len())?;
        }
        let mut running = Vec::new();
        running.try_reserve_exact(1)?;
        let names = Names::of(declared, ranks, table)?;
        Ok(Self { nodes, names, links: Links::new(ranks.len())?, ready, running, cycles: Vec::new(), left: ranks.len() })
    }

    /// Adds the edges of one handler.
    fn link(&mut self, number: u32, edges: Edges<'_>, declared: &[Declared]) -> Result<(), TryReserveError> {
        let Self { names, links, nodes, .. } = self;
        for key in edges.after {
            names.resolve(key, declared, number).try_for_each(|other| wait(nodes, links, number, other))?;
        }
        for key in edges.before {
            names.resolve(key, declared, number).try_for_each(|other| wait(nodes, links, other, number))?;
        }
        names.remember(number, edges)
    }

    fn state(&self, number: u32) -> State {
        self.nodes[number as usize].state
    }

    /// Adds a handler that was registered after the others were put in order. Without memory for its edges it has none.
    pub(crate) fn admit(&mut self, rank: Rank, declared: &[Declared], table: &Table) -> Result<(), TryReserveError> {
        self.nodes.try_reserve(1)?;
        for heap in &mut self.ready {
            heap.try_reserve(1)?;
        }
        let number = self.links.add()?;
        self.nodes.push(Node { rank, state: State::Waiting, concurrent: is_concurrent(declared, table, rank) });
        self.left += 1;
        let linked = self.link_late(rank, number, declared, table);
        self.offer(number);
        linked
    }

    fn link_late(&mut self, rank: Rank, number: u32, declared: &[Declared], table: &Table) -> Result<(), TryReserveError> {
        for (waits, other) in self.names.add(rank, number, table)? {
            wait(&self.nodes, &mut self.links, waits, other)?;
        }
        self.link(number, edges(declared, table, rank), declared)
    }

    /// A handler that waits for nobody may start.
    fn offer(&mut self, number: u32) {
        let node = &mut self.nodes[number as usize];
        if node.state == State::Waiting && self.links.is_free(number) {
            node.state = State::Ready;
            // There is room: it was reserved for all.
            self.ready[usize::from(node.concurrent)].push((node.rank.priority, node.rank.sequence, Reverse(number)));
        }
    }

    /// Says which handler starts next, if one may beside those that are running.
    pub(crate) fn start(&mut self) -> Start {
        if self.left == 0 {
            return Start::None;
        }
        self.forget_what_cannot_start();
        if let Some(kind) = self.startable() {
            return self.take(kind);
        }
        if !self.running.is_empty() || self.tops().iter().any(Option::is_some) {
            return Start::Later;
        }
        self.start_by_force()
    }

    /// Whether one more may start beside those that are running.
    pub(crate) fn may_start_more(&mut self) -> bool {
        self.forget_what_cannot_start();
        self.left > 0 && self.startable().is_some()
    }

    /// Takes from the heads of the heaps what has ended, or has got somebody to wait for, since it was put there.
    fn forget_what_cannot_start(&mut self) {
        for kind in 0..2 {
            while let Some(&(.., Reverse(number))) = self.ready[kind].peek() {
                if self.state(number) == State::Ready && self.links.is_free(number) {
                    break;
                }
                if self.state(number) == State::Ready {
                    self.nodes[number as usize].state = State::Waiting;
                }
                self.ready[kind].pop();
            }
        }
    }

    fn tops(&self) -> [Option<Ready>; 2] {
        [self.ready[0].peek().copied(), self.ready[1].peek().copied()]
    }

    /// From which of the two heaps a handler may start.
    fn startable(&self) -> Option<usize> {
        let tops = self.tops();
        let of_running = self.running.iter().map(|&number| self.nodes[number as usize].rank.priority);
        let level = of_running.chain(tops.iter().flatten().map(|top| top.0)).max()?;
        let one_runs_alone = self.running.iter().any(|&number| !self.nodes[number as usize].concurrent);
        let may = |kind: usize| tops[kind].is_some_and(|top| top.0 == level) && (kind == 1 || !one_runs_alone);
        (0..2).filter(|&kind| may(kind)).max_by_key(|&kind| tops[kind])
    }

    fn take(&mut self, kind: usize) -> Start {
        match self.ready[kind].pop() {
            Some((.., Reverse(number))) => self.begin(number),
            None => Start::Later,
        }
    }

    fn begin(&mut self, number: u32) -> Start {
        if self.running.try_reserve(1).is_err() {
            self.ready[usize::from(self.nodes[number as usize].concurrent)].push(self.entry(number));
            return Start::Later;
        }
        self.nodes[number as usize].state = State::Running;
        self.running.push(number);
        self.left -= 1;
        Start::Handler(number)
    }

    fn entry(&self, number: u32) -> Ready {
        let rank = self.nodes[number as usize].rank;
        (rank.priority, rank.sequence, Reverse(number))
    }

    /// None is running and none may start, and yet some are left: one that came late closed a circle. The first of them goes on.
    fn start_by_force(&mut self) -> Start {
        let waiting = (0..self.nodes.len() as u32).filter(|&number| self.state(number) == State::Waiting);
        let Some(first) = waiting.max_by_key(|&number| self.entry(number)) else {
            return Start::None;
        };
        self.links.free(first);
        self.cycles.push(vec![first]);
        self.begin(first)
    }

    /// A handler has ended, or never will start.
    pub(crate) fn over(&mut self, number: u32) {
        match self.state(number) {
            State::Over => return,
            State::Running => self.running.retain(|&running| running != number),
            State::Waiting | State::Ready => self.left -= 1,
        }
        self.nodes[number as usize].state = State::Over;
        let Self { nodes, links, ready, .. } = self;
        links.release(number, |freed| {
            let node = &mut nodes[freed as usize];
            if node.state == State::Waiting {
                node.state = State::Ready;
                ready[usize::from(node.concurrent)].push((node.rank.priority, node.rank.sequence, Reverse(freed)));
            }
        });
    }

    /// The handler was unregistered before it could start.
    pub(crate) fn is_gone(&mut self, id: HandlerId) {
        if let Some(number) = self.names.registered(id)
            && matches!(self.state(number), State::Waiting | State::Ready)
        {
            self.over(number);
        }
    }

    pub(crate) fn rank(&self, number: u32) -> Rank {
        self.nodes[number as usize].rank
    }

    pub(crate) fn has_concurrent(&self) -> bool {
        self.nodes.iter().any(|node| node.concurrent)
    }

    pub(crate) fn has_left(&self) -> bool {
        self.left > 0
    }

    /// The ranks of those that have not started.
    pub(crate) fn left(&self) -> impl Iterator<Item = Rank> + '_ {
        self.nodes.iter().filter(|node| matches!(node.state, State::Waiting | State::Ready)).map(|node| node.rank)
    }

    /// The handlers that wait for each other: in each list, every one for the next, and the last one for the first. Those that were found since the last call.
    pub(crate) fn take_cycles(&mut self) -> Vec<Vec<Rank>> {
        let cycles = core::mem::take(&mut self.cycles);
        cycles.into_iter().map(|cycle| cycle.into_iter().map(|number| self.rank(number)).collect()).collect()
    }
}

/// Lets one handler wait for another, unless that is over, or the one has started.
fn wait(nodes: &[Node], links: &mut Links, number: u32, other: u32) -> Result<(), TryReserveError> {
    let state = |number: u32| nodes[number as usize].state;
    let has_started = matches!(state(number), State::Running | State::Over);
    if has_started || state(other) == State::Over { Ok(()) } else { links.link(other, number) }
}

fn is_concurrent(declared: &[Declared], table: &Table, rank: Rank) -> bool {
    if rank.is_declared() { declared[rank.index as usize].is_concurrent() } else { table.entry(rank).is_some_and(|entry| entry.is_concurrent()) }
}

fn edges<'a>(declared: &'a [Declared], table: &'a Table, rank: Rank) -> Edges<'a> {
    if rank.is_declared() { declared[rank.index as usize].edges() } else { table.entry(rank).map_or(Edges::NONE, |entry| entry.edges()) }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
