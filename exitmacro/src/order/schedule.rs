//! What can run now: the order of handlers that have edges or run concurrently. Pure: the caller
//! reports what has ended, and asks what can start.
//!
//! A handler can start when all that it waits for have finished, and when no handler of a higher
//! priority is running or could start. Among those, concurrent handlers run at the same time; the
//! others run alone. The first handler of each kind, in order, decides which kind starts.

use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::handler::edge::{Edges, Key};
use crate::handler::id::HandlerId;
use crate::order::cycles;
use crate::order::graph::Links;
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::order::names::Names;
use crate::order::next::Next;
use crate::order::types::{Direction, Progress, Types};
use crate::registry::Table;
use core::any::TypeId;
use core::cmp::Reverse;
use std::collections::{BinaryHeap, TryReserveError};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    /// It waits for no handler, but has not started.
    Ready,
    Running,
    Over,
    /// Not a handler: it only stands for edges between others.
    Join,
}

#[derive(Clone)]
struct Node {
    rank: Rank,
    state: State,
    concurrent: bool,
}

impl Node {
    const JOIN: Self = Self {
        rank: Rank { priority: 0, sequence: 0, index: u32::MAX },
        state: State::Join,
        concurrent: false,
    };
}

/// Handlers and joins by their numbers.
#[derive(Clone)]
struct Nodes(Vec<Node>);

impl Nodes {
    fn state(&self, number: u32) -> State {
        self.0[number as usize].state
    }
}

impl Progress for Nodes {
    fn has_started(&self, number: u32) -> bool {
        matches!(self.state(number), State::Running | State::Over)
    }

    fn is_over(&self, number: u32) -> bool {
        self.state(number) == State::Over
    }
}

/// Orders the handlers that can start; the greatest starts first. The number decides between
/// declared handlers, which are numbered in their order.
type Ready = (i32, u64, Reverse<u32>);

#[derive(Clone)]
pub(crate) struct Schedule {
    nodes: Nodes,
    names: Names,
    types: Types,
    links: Links,
    /// The handlers that can start: first those that run alone, then the concurrent ones.
    ready: [BinaryHeap<Ready>; 2],
    running: Vec<u32>,
    cycles: Vec<Vec<u32>>,
    /// How many have not started.
    left: usize,
}

impl Schedule {
    /// The order of these handlers, which are sorted by rank: of declared ones, and of all in the
    /// table. Fails when there is no memory for it, or no time.
    ///
    /// In a box from the beginning: each function that moved it would keep a copy on what may be
    /// the smallest stack.
    pub(crate) fn of(
        declared: &[Declared],
        ranks: &[Rank],
        table: &Table,
        interrupt: &mut Interrupt<'_>,
    ) -> Result<Box<Self>, Unplanned> {
        let mut schedule = Self::without_edges(declared, ranks, table)?;
        for (&rank, number) in ranks.iter().zip(0..) {
            schedule.link(number, rank, declared, table, interrupt)?;
        }
        schedule.types.link(&mut schedule.links, interrupt)?;
        schedule.cycles = cycles::break_all(&mut schedule.links, interrupt)?;
        schedule.nodes.0.try_reserve(schedule.links.len() as usize - ranks.len())?;
        schedule.add_joins();
        for number in 0..ranks.len() as u32 {
            schedule.offer(number);
        }
        Ok(schedule)
    }

    fn without_edges(
        declared: &[Declared],
        ranks: &[Rank],
        table: &Table,
    ) -> Result<Box<Self>, TryReserveError> {
        /// What finding and breaking cycles takes at most, for each handler. The schedule only
        /// checks that it can be allocated.
        const BYTES_FOR_CYCLES: usize = 96;
        Vec::<u8>::new().try_reserve_exact(ranks.len() * BYTES_FOR_CYCLES)?;
        let names = Names::of(declared, ranks, table)?;
        let links = Links::new(ranks.len())?;
        let ready = [BinaryHeap::new(), BinaryHeap::new()];
        let mut schedule = Box::new(Self {
            nodes: Nodes(Vec::new()),
            names,
            types: Types::new(),
            links,
            ready,
            running: Vec::new(),
            cycles: Vec::new(),
            left: ranks.len(),
        });
        schedule.reserve(ranks.len())?;
        schedule.nodes.0.extend(ranks.iter().map(|&rank| Node {
            rank,
            state: State::Waiting,
            concurrent: is_concurrent(declared, table, rank),
        }));
        Ok(schedule)
    }

    /// Reserves room for so many handlers in an empty schedule.
    fn reserve(&mut self, handlers: usize) -> Result<(), TryReserveError> {
        self.nodes.0.try_reserve_exact(handlers)?;
        for heap in &mut self.ready {
            heap.try_reserve_exact(handlers)?;
        }
        self.running.try_reserve_exact(1)
    }

    /// Adds the edges of one handler; edges to types are only noted.
    fn link(
        &mut self,
        number: u32,
        rank: Rank,
        declared: &[Declared],
        table: &Table,
        interrupt: &mut Interrupt<'_>,
    ) -> Result<(), Unplanned> {
        interrupt.step()?;
        if let Some(ty) = value_type(table, rank) {
            self.types.add_value(number, ty)?;
        }
        for (key, direction) in edges(declared, table, rank) {
            match key {
                Key::Type(ty) => self.types.ask(number, direction, ty())?,
                _ => self.link_to(number, direction, key, declared)?,
            }
            interrupt.step()?;
        }
        Ok(())
    }

    /// Adds an edge between two handlers, unless the awaited one has finished, or the waiting one
    /// has started.
    fn link_to(
        &mut self,
        number: u32,
        direction: Direction,
        key: &Key,
        declared: &[Declared],
    ) -> Result<(), TryReserveError> {
        let Some(other) = self.names.resolve(key, declared) else { return Ok(()) };
        let (first, waits) =
            if direction == Direction::After { (other, number) } else { (number, other) };
        let is_late = self.nodes.is_over(first) || self.nodes.has_started(waits);
        if is_late { Ok(()) } else { self.links.link(first, waits).map(drop) }
    }

    /// Adds the joins to the nodes, for which there is room.
    fn add_joins(&mut self) {
        self.nodes.0.resize(self.links.len() as usize, Node::JOIN);
    }

    fn state(&self, number: u32) -> State {
        self.nodes.state(number)
    }

    /// Adds a handler that was registered after the others were ordered. Without memory for its
    /// edges it has none.
    pub(crate) fn admit(
        &mut self,
        rank: Rank,
        declared: &[Declared],
        table: &Table,
    ) -> Result<(), TryReserveError> {
        // Each edge may need a join, and so may its type.
        let joins = 1 + edges(declared, table, rank).count();
        self.nodes.0.try_reserve(1 + joins)?;
        for heap in &mut self.ready {
            heap.try_reserve(1)?;
        }
        let number = self.links.add()?;
        self.nodes.0.push(Node {
            rank,
            state: State::Waiting,
            concurrent: is_concurrent(declared, table, rank),
        });
        self.left += 1;
        let linked = self.link_late(rank, number, declared, table);
        self.add_joins();
        self.offer(number);
        linked
    }

    fn link_late(
        &mut self,
        rank: Rank,
        number: u32,
        declared: &[Declared],
        table: &Table,
    ) -> Result<(), TryReserveError> {
        self.names.add(rank, number)?;
        if let Some(ty) = value_type(table, rank) {
            self.types.link_late_value(number, ty, &mut self.links)?;
        }
        self.link_edges_late(number, Direction::After, rank, declared, table)?;
        self.types.block_with_late_value(number, &mut self.links, &self.nodes)?;
        self.link_edges_late(number, Direction::Before, rank, declared, table)
    }

    fn link_edges_late(
        &mut self,
        number: u32,
        which: Direction,
        rank: Rank,
        declared: &[Declared],
        table: &Table,
    ) -> Result<(), TryReserveError> {
        for (key, direction) in
            edges(declared, table, rank).filter(|&(_, direction)| direction == which)
        {
            match key {
                Key::Type(ty) => {
                    self.types.link_late(number, direction, ty(), &mut self.links, &self.nodes)?
                }
                _ => self.link_to(number, direction, key, declared)?,
            }
        }
        Ok(())
    }

    /// A handler that waits for no other can start.
    fn offer(&mut self, number: u32) {
        let node = &mut self.nodes.0[number as usize];
        if node.state == State::Waiting && self.links.is_free(number) {
            node.state = State::Ready;
            // There is room: it was reserved for all.
            self.ready[usize::from(node.concurrent)].push((
                node.rank.priority,
                node.rank.sequence,
                Reverse(number),
            ));
        }
    }

    /// Returns which handler starts next, if one can start while the others run.
    pub(crate) fn start(&mut self) -> Next<u32> {
        if self.left == 0 {
            return Next::Done;
        }
        self.forget_what_cannot_start();
        if let Some(kind) = self.startable() {
            return self.take(kind);
        }
        if !self.running.is_empty() || self.tops().iter().any(Option::is_some) {
            return Next::Wait;
        }
        self.start_by_force()
    }

    /// Whether one more can start while the others run.
    pub(crate) fn may_start_more(&mut self) -> bool {
        self.forget_what_cannot_start();
        self.startable().is_some()
    }

    /// Removes from the tops of the heaps handlers that have ended, or must wait for another since
    /// they were added.
    fn forget_what_cannot_start(&mut self) {
        for kind in 0..2 {
            while let Some(&(.., Reverse(number))) = self.ready[kind].peek() {
                if self.state(number) == State::Ready && self.links.is_free(number) {
                    break;
                }
                if self.state(number) == State::Ready {
                    self.nodes.0[number as usize].state = State::Waiting;
                }
                self.ready[kind].pop();
            }
        }
    }

    fn tops(&self) -> [Option<Ready>; 2] {
        [self.ready[0].peek().copied(), self.ready[1].peek().copied()]
    }

    /// From which of the two heaps a handler can start: from the first one when nothing runs, from
    /// the other one when nothing runs alone.
    fn startable(&self) -> Option<usize> {
        let running = || self.running.iter().map(|&number| &self.nodes.0[number as usize]);
        if running().any(|node| !node.concurrent) {
            return None;
        }
        let tops = self.tops();
        let level = running()
            .map(|node| node.rank.priority)
            .chain(tops.iter().flatten().map(|top| top.0))
            .max()?;
        let may = |kind: usize| {
            tops[kind].is_some_and(|top| top.0 == level) && (kind == 1 || self.running.is_empty())
        };
        (0..2).filter(|&kind| may(kind)).max_by_key(|&kind| tops[kind])
    }

    fn take(&mut self, kind: usize) -> Next<u32> {
        match self.ready[kind].pop() {
            Some((.., Reverse(number))) => self.begin(number),
            None => Next::Wait,
        }
    }

    fn begin(&mut self, number: u32) -> Next<u32> {
        if self.running.try_reserve(1).is_err() {
            self.ready[usize::from(self.nodes.0[number as usize].concurrent)]
                .push(self.entry(number));
            return Next::Wait;
        }
        self.nodes.0[number as usize].state = State::Running;
        self.running.push(number);
        self.left -= 1;
        Next::Run(number)
    }

    fn entry(&self, number: u32) -> Ready {
        let rank = self.nodes.0[number as usize].rank;
        (rank.priority, rank.sequence, Reverse(number))
    }

    /// None is running and none can start, but some are left: one that was registered during the
    /// run closed a cycle. The first of them starts.
    fn start_by_force(&mut self) -> Next<u32> {
        let waiting =
            (0..self.nodes.0.len() as u32).filter(|&number| self.state(number) == State::Waiting);
        let Some(first) = waiting.max_by_key(|&number| self.entry(number)) else {
            return Next::Done;
        };
        self.cycles.push(vec![first]);
        self.begin(first)
    }

    /// A handler has ended, or never will start.
    pub(crate) fn over(&mut self, number: u32) {
        match self.state(number) {
            State::Over | State::Join => return,
            State::Running => self.running.retain(|&running| running != number),
            State::Waiting | State::Ready => self.left -= 1,
        }
        self.nodes.0[number as usize].state = State::Over;
        let Self { nodes, links, ready, .. } = self;
        links.release(number, |freed| {
            let node = &mut nodes.0[freed as usize];
            if node.state == State::Waiting {
                node.state = State::Ready;
                ready[usize::from(node.concurrent)].push((
                    node.rank.priority,
                    node.rank.sequence,
                    Reverse(freed),
                ));
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
        self.nodes.0[number as usize].rank
    }

    pub(crate) fn has_concurrent(&self) -> bool {
        self.nodes.0.iter().any(|node| node.concurrent)
    }

    pub(crate) fn has_left(&self) -> bool {
        self.left > 0
    }

    /// The ranks of those that have not started.
    pub(crate) fn left(&self) -> impl Iterator<Item = Rank> + '_ {
        self.nodes
            .0
            .iter()
            .filter(|node| matches!(node.state, State::Waiting | State::Ready))
            .map(|node| node.rank)
    }

    /// The ordering cycles: in each list, each handler waits for the next, and the last one for the
    /// first. Those that were found since the last call.
    pub(crate) fn take_cycles(&mut self) -> Vec<Vec<Rank>> {
        let cycles = core::mem::take(&mut self.cycles);
        cycles
            .into_iter()
            .map(|cycle| cycle.into_iter().map(|number| self.rank(number)).collect())
            .collect()
    }
}

fn is_concurrent(declared: &[Declared], table: &Table, rank: Rank) -> bool {
    if rank.is_declared() {
        declared[rank.index as usize].is_concurrent()
    } else {
        table.entry(rank).is_some_and(|entry| entry.is_concurrent())
    }
}

/// The edges of a handler.
pub(crate) fn edges<'a>(
    declared: &'a [Declared],
    table: &'a Table,
    rank: Rank,
) -> impl Iterator<Item = (&'a Key, Direction)> {
    let edges = if rank.is_declared() {
        declared[rank.index as usize].edges()
    } else {
        table.entry(rank).map_or(Edges::NONE, |entry| entry.edges())
    };
    let Edges { after, before } = edges;
    after
        .iter()
        .map(|key| (key, Direction::After))
        .chain(before.iter().map(|key| (key, Direction::Before)))
}

/// The type of a tracked value.
fn value_type(table: &Table, rank: Rank) -> Option<TypeId> {
    table.entry(rank).and_then(|entry| entry.value_type())
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
pub(crate) mod tests;

#[cfg(test)]
#[path = "schedule_types_tests.rs"]
mod types_tests;
