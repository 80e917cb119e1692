//! The schedule of handlers that have edges or are concurrent: which of them may start now. The
//! caller says which handlers have finished; the schedule has no lock, no thread and no clock.
//!
//! A handler may start when every handler that it waits for has finished, and no handler of a
//! higher priority is running or ready. Of these, concurrent handlers run at the same time, and
//! every other one runs alone. If both kinds may start, the kind whose first handler comes first in
//! the order does.

use crate::handler::Rank;
use crate::handler::id::HandlerId;
use crate::order::cycles::Broken;
use crate::order::graph::Links;
use crate::order::names::Names;
use crate::order::next::Next;
use crate::order::types::{Progress, Types};
use core::cmp::Reverse;
use std::collections::BinaryHeap;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    /// It waits for no handler, and has not started.
    Ready,
    Running,
    Finished,
    /// Not a handler, but a join, which stands for edges between handlers.
    Join,
}

#[derive(Clone)]
pub(super) struct Node {
    pub(super) rank: Rank,
    pub(super) state: State,
    pub(super) concurrent: bool,
}

impl Node {
    pub(super) const JOIN: Self = Self {
        rank: Rank { priority: 0, sequence: 0, index: u32::MAX },
        state: State::Join,
        concurrent: false,
    };
}

/// Handlers and joins by their numbers.
#[derive(Clone)]
pub(super) struct Nodes(pub(super) Vec<Node>);

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
    pub(super) nodes: Nodes,
    pub(super) names: Names,
    pub(super) types: Types,
    pub(super) links: Links,
    /// The handlers that can start: first those that run alone, then the concurrent ones.
    pub(super) ready: [BinaryHeap<Ready>; 2],
    pub(super) running: Vec<u32>,
    pub(super) cycles: Vec<Broken<u32>>,
    /// How many have not started.
    pub(super) left: usize,
}

impl Schedule {
    /// Which handler waits for which, by number: the awaited one first. At most so many.
    pub(crate) fn edges(&self, most: usize) -> Vec<(u32, u32)> {
        self.links.pairs(most)
    }

    fn state(&self, number: u32) -> State {
        self.nodes.state(number)
    }

    /// Makes a handler ready if it waits for no other one.
    pub(super) fn make_ready_if_free(&mut self, number: u32) {
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
                .push(self.ready_key(number));
            return Next::Wait;
        }
        self.nodes.0[number as usize].state = State::Running;
        self.running.push(number);
        self.left -= 1;
        Next::Run(number)
    }

    fn ready_key(&self, number: u32) -> Ready {
        let rank = self.nodes.0[number as usize].rank;
        (rank.priority, rank.sequence, Reverse(number))
    }

    /// Starts a handler when none is running and none is ready, and yet some are left: a latecomer
    /// has closed a cycle. The first of them starts.
    fn start_on_late_cycle(&mut self) -> Next<u32> {
        let waiting =
            (0..self.nodes.0.len() as u32).filter(|&number| self.state(number) == State::Waiting);
        let Some(first) = waiting.max_by_key(|&number| self.ready_key(number)) else {
            return Next::Done;
        };
        self.cycles.push(Broken { handlers: vec![first], more: 0 });
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
    pub(crate) fn note_gone(&mut self, id: HandlerId) {
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

    /// The cycles that were found since the last call.
    pub(crate) fn take_cycles(&mut self) -> Vec<Broken<Rank>> {
        let cycles = core::mem::take(&mut self.cycles);
        let ranks = |handlers: Vec<u32>| {
            handlers.into_iter().map(|number| self.rank(number)).collect::<Vec<Rank>>()
        };
        cycles
            .into_iter()
            .map(|Broken { handlers, more }| Broken { handlers: ranks(handlers), more })
            .collect()
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
pub(crate) mod tests;

#[cfg(test)]
#[path = "schedule_cases_tests.rs"]
mod cases_tests;

#[cfg(test)]
#[path = "schedule_types_tests.rs"]
mod types_tests;
