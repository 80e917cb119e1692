//! The schedule of handlers that have edges or are concurrent: which of them may start now. The
//! caller says which handlers have finished; the schedule has no lock, no thread and no clock.
//!
//! A handler may start when every handler that it waits for has finished, and no handler of a
//! higher priority is running or ready. Of these, concurrent handlers run at the same time, and
//! every other one runs alone. If both kinds may start, the kind whose first handler comes first in
//! the order does.

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
    /// It waits for no handler, and has not started.
    Ready,
    Running,
    Finished,
    /// Not a handler, but a join, which stands for edges between handlers.
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
        matches!(self.state(number), State::Running | State::Finished)
    }

    fn is_finished(&self, number: u32) -> bool {
        self.state(number) == State::Finished
    }
}

/// Orders the handlers that may start: the greatest one starts first. The number orders declared
/// handlers, which are numbered in their order.
type Ready = (i32, u64, Reverse<u32>);

#[derive(Clone)]
pub(crate) struct Schedule {
    nodes: Nodes,
    names: Names,
    types: Types,
    links: Links,
    /// The handlers that may start: those that run alone, and the concurrent ones.
    ready: [BinaryHeap<Ready>; 2],
    running: Vec<u32>,
    cycles: Vec<Vec<u32>>,
    /// How many handlers have not started.
    left: usize,
}

impl Schedule {
    /// The schedule of these handlers, which are sorted by rank: declared ones, and all that wait
    /// in the table. Fails when there is no memory for it, or no time.
    ///
    /// The result is boxed from the beginning: moved from function to function, it would stand
    /// several times on what may be a very small stack.
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
            schedule.make_ready_if_free(number);
        }
        Ok(schedule)
    }

    /// Which handler waits for which, by number: the awaited one first. At most so many.
    pub(crate) fn edges(&self, most: usize) -> Vec<(u32, u32)> {
        self.links.pairs(most)
    }

    fn without_edges(
        declared: &[Declared],
        ranks: &[Rank],
        table: &Table,
    ) -> Result<Box<Self>, TryReserveError> {
        /// The most that finding and breaking cycles takes for each handler. The reservation only
        /// checks that there is so much memory.
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

    /// Makes room for so many handlers in an empty schedule.
    fn reserve(&mut self, handlers: usize) -> Result<(), TryReserveError> {
        self.nodes.0.try_reserve_exact(handlers)?;
        for heap in &mut self.ready {
            heap.try_reserve_exact(handlers)?;
        }
        self.running.try_reserve_exact(1)
    }

    /// Adds the edges of one handler; notes its edges to types, and its own type.
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

    /// Adds an edge between two handlers, unless the first one has finished, or the waiting one has
    /// started.
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
        let is_late = self.nodes.is_finished(first) || self.nodes.has_started(waits);
        if is_late { Ok(()) } else { self.links.link(first, waits).map(drop) }
    }

    /// Adds the nodes of the joins, for which room was made.
    fn add_joins(&mut self) {
        self.nodes.0.resize(self.links.len() as usize, Node::JOIN);
    }

    fn state(&self, number: u32) -> State {
        self.nodes.state(number)
    }

    /// Adds a handler that was registered during the run. Without memory for its edges it has none.
    pub(crate) fn admit(
        &mut self,
        rank: Rank,
        declared: &[Declared],
        table: &Table,
    ) -> Result<(), TryReserveError> {
        // Each edge may need a join, and so may the type of the handler.
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
        self.make_ready_if_free(number);
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

    /// Makes a handler ready if it waits for no other one.
    fn make_ready_if_free(&mut self, number: u32) {
        let node = &mut self.nodes.0[number as usize];
        if node.state == State::Waiting && self.links.is_free(number) {
            node.state = State::Ready;
            // Room was reserved for all handlers.
            self.ready[usize::from(node.concurrent)].push((
                node.rank.priority,
                node.rank.sequence,
                Reverse(number),
            ));
        }
    }

    /// Returns the handler that starts next, if one may start concurrently with those that are
    /// running.
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
        self.start_on_late_cycle()
    }

    /// Whether one more handler may start concurrently with those that are running.
    pub(crate) fn may_start_more(&mut self) -> bool {
        self.forget_what_cannot_start();
        self.startable().is_some()
    }

    /// Removes from the tops of the heaps the handlers that have finished, or have got a handler to
    /// wait for, since they were pushed.
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

    /// The heap from which a handler may start: the first one if nothing runs, the second one if
    /// nothing runs alone.
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

    /// Starts a handler when none is running and none is ready, and yet some are left: a latecomer
    /// has closed a cycle. The first of them starts.
    fn start_on_late_cycle(&mut self) -> Next<u32> {
        let waiting =
            (0..self.nodes.0.len() as u32).filter(|&number| self.state(number) == State::Waiting);
        let Some(first) = waiting.max_by_key(|&number| self.entry(number)) else {
            return Next::Done;
        };
        self.cycles.push(vec![first]);
        self.begin(first)
    }

    /// Notes that a handler has finished, or will never start.
    pub(crate) fn finish(&mut self, number: u32) {
        match self.state(number) {
            State::Finished | State::Join => return,
            State::Running => self.running.retain(|&running| running != number),
            State::Waiting | State::Ready => self.left -= 1,
        }
        self.nodes.0[number as usize].state = State::Finished;
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

    /// Notes that a handler was unregistered before it could start.
    pub(crate) fn is_gone(&mut self, id: HandlerId) {
        if let Some(number) = self.names.registered(id)
            && matches!(self.state(number), State::Waiting | State::Ready)
        {
            self.finish(number);
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

    /// The ranks of the handlers that have not started.
    pub(crate) fn left(&self) -> impl Iterator<Item = Rank> + '_ {
        self.nodes
            .0
            .iter()
            .filter(|node| matches!(node.state, State::Waiting | State::Ready))
            .map(|node| node.rank)
    }

    /// The cycles that were found since the last call: in each list, every handler waits for the
    /// next one, and the last one for the first.
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
fn edges<'a>(
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
