//! What can run now: the order of handlers that have edges or run concurrently. Pure: the caller
//! reports what has ended, and asks what can start.
//!
//! A handler can start when all that it waits for have finished, and when no handler of a higher
//! priority is running or could start. Among those, concurrent handlers run at the same time; the
//! others run alone. The first handler of each kind, in order, decides which kind starts.

use crate::handler::Rank;
use crate::handler::id::HandlerId;
use crate::order::graph::Links;
use crate::order::names::Names;
use crate::order::next::Next;
use crate::order::types::{Progress, Types};
use core::cmp::Reverse;
use std::collections::BinaryHeap;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    /// It waits for no handler, but has not started.
    Ready,
    Running,
    Over,
    /// Not a handler: it only stands for edges between others.
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
    pub(super) nodes: Nodes,
    pub(super) names: Names,
    pub(super) types: Types,
    pub(super) links: Links,
    /// The handlers that can start: first those that run alone, then the concurrent ones.
    pub(super) ready: [BinaryHeap<Ready>; 2],
    pub(super) running: Vec<u32>,
    pub(super) cycles: Vec<Vec<u32>>,
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

    /// A handler that waits for no other can start.
    pub(super) fn offer(&mut self, number: u32) {
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

#[cfg(test)]
#[path = "schedule_tests.rs"]
pub(crate) mod tests;

#[cfg(test)]
#[path = "schedule_types_tests.rs"]
mod types_tests;
