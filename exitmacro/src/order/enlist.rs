//! How handlers and their edges come into a schedule: all at first, and one that is registered
//! while others run.

use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::handler::edge::{Edges, Key};
use crate::order::cycles;
use crate::order::graph::Links;
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::order::names::Names;
use crate::order::relation::Direction;
use crate::order::schedule::{Node, Nodes, Schedule, State};
use crate::order::types::{Progress, Types};
use crate::registry::Table;
use crate::registry::view::View;
use core::any::TypeId;
use std::collections::{BinaryHeap, TryReserveError};

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
        interrupt: &mut Interrupt,
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

    fn without_edges(
        declared: &[Declared],
        ranks: &[Rank],
        table: &Table,
    ) -> Result<Box<Self>, TryReserveError> {
        /// The most that finding and breaking cycles takes for each handler. The reservation only
        /// checks that there is so much memory.
        const BYTES_FOR_CYCLES: usize = 112;
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
        interrupt: &mut Interrupt,
    ) -> Result<(), Unplanned> {
        interrupt.step()?;
        if let Some(ty) = value_type(declared, table, rank) {
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

    /// Adds a handler that was registered during the run. Without memory for its edges it has none.
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
        if let Some(ty) = value_type(declared, table, rank) {
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
}

fn is_concurrent(declared: &[Declared], table: &Table, rank: Rank) -> bool {
    View::at(rank, declared, table).is_some_and(|handler| handler.options().concurrent)
}

/// The edges of a handler.
pub(crate) fn edges<'a>(
    declared: &'a [Declared],
    table: &'a Table,
    rank: Rank,
) -> impl Iterator<Item = (&'a Key, Direction)> {
    let Edges { after, before } =
        View::at(rank, declared, table).map_or(Edges::NONE, |handler| handler.edges());
    after
        .iter()
        .map(|key| (key, Direction::After))
        .chain(before.iter().map(|key| (key, Direction::Before)))
}

/// The type of a tracked value.
fn value_type(declared: &[Declared], table: &Table, rank: Rank) -> Option<TypeId> {
    View::at(rank, declared, table)?.value_type()
}
