//! The queue of a run: the handlers in the order in which priorities put them.
//!
//! Most programs register handlers of one priority, and take back the last one first, if any. The
//! table has them in order then, and they come into the queue shortly before they run, when they
//! are about to be read anyway: to read a hundred thousand of them once more takes as long as to
//! call them.

use crate::handler::declared::Declared;
use crate::handler::{Queued, Rank, priority};
use crate::order::sort::{declared_rank, declared_ranks, sorted_queue};
use crate::registry::{CHUNK, Table};
use crate::sys::{PLACES, push_reserved};
use std::collections::TryReserveError;

/// The handlers in order. A single one takes no memory: it is `last`.
pub(crate) struct Queue {
    handlers: Vec<Queued>,
    /// How many of these were taken.
    taken: usize,
    last: Option<Queued>,
    /// The registered handlers that follow are in so many chunks of the table, which has them in
    /// order.
    chunks: usize,
    /// The declared handlers that follow those, in order.
    declared: Vec<Queued>,
    later: Option<&'static Later>,
}

type Made = Result<Queue, TryReserveError>;

/// What puts handlers into the queue later. Pointers, so that programs that register none do not
/// contain it.
pub(crate) struct Later {
    begin: fn(Vec<Queued>, &[Declared], &Table) -> Made,
    enqueue: fn(&mut Queue, usize, &Table),
}

/// For programs that register handlers.
pub(crate) const LATER: Later = Later { begin: Queue::around_table, enqueue: Queue::enqueue };

/// From so many registered handlers on, they are put into the queue as they run.
const MANY: usize = 2 * PLACES;

/// How many are put into the queue at once.
const AT_ONCE: usize = 2 * PLACES;

impl Queue {
    pub(super) const EMPTY: Self = Self {
        handlers: Vec::new(),
        taken: 0,
        last: None,
        chunks: 0,
        declared: Vec::new(),
        later: None,
    };

    /// All that wait, in run order. Many of the table come into it `later`, where that may be.
    /// Fails when there is no memory for them.
    pub(super) fn of(
        declared: &[Declared],
        owned: bool,
        table: &Table,
        later: Option<&'static Later>,
    ) -> Made {
        let waiting = declared_ranks(declared, owned);
        if declared.len() + table.len() == 1 {
            let declared = waiting.map(|rank| Queued::declared(rank.index));
            let registered = table.ranks().map(|rank| Queued::registered(rank.index));
            return Ok(Self { last: registered.chain(declared).next(), ..Self::EMPTY });
        }
        match later.filter(|_| table.len() >= MANY && table.is_in_order()) {
            Some(later) => (later.begin)(sorted_queue(declared, waiting, None)?, declared, table),
            None => {
                Ok(Self { handlers: sorted_queue(declared, waiting, Some(table))?, ..Self::EMPTY })
            }
        }
    }

    /// Of these declared handlers, and those of the table, which come later.
    fn around_table(mut sorted: Vec<Queued>, declared: &[Declared], table: &Table) -> Made {
        let mut handlers = Vec::new();
        handlers.try_reserve_exact(sorted.len() + table.len() + CHUNK)?;
        let goes_first = |&&handler: &&Queued| {
            let rank = declared_rank(declared, handler);
            rank.is_some_and(|rank| rank.priority > priority::DEFAULT)
        };
        let first = sorted.iter().take_while(goes_first).count();
        sorted.drain(..first).for_each(|handler| push_reserved(&mut handlers, handler));
        Ok(Self {
            handlers,
            chunks: table.chunks(),
            declared: sorted,
            later: Some(&LATER),
            ..Self::EMPTY
        })
    }

    /// Puts so many more handlers into the queue, if so many are left.
    fn enqueue(&mut self, count: usize, table: &Table) {
        self.chunks = table.enqueue(self.chunks, count, &mut self.handlers);
        if self.chunks == 0 && self.handlers.try_reserve(self.declared.len()).is_ok() {
            self.handlers.append(&mut self.declared);
        }
    }

    /// Whether handlers follow those in the slice.
    #[inline]
    fn comes_later(&self) -> bool {
        self.chunks > 0 || !self.declared.is_empty()
    }

    /// Has as many handlers in the [slice](Self::as_slice) as a runner leases, if so many are left.
    #[inline]
    pub(super) fn prepare(&mut self, table: &Table) {
        self.fill(PLACES, AT_ONCE, table);
    }

    /// Has all that are left in the slice.
    pub(super) fn complete(&mut self, table: &Table) {
        self.fill(usize::MAX, usize::MAX, table);
    }

    /// Puts so many more into the slice where it has less than these.
    #[inline]
    fn fill(&mut self, fewest: usize, more: usize, table: &Table) {
        if let Some(later) = self.later
            && self.comes_later()
            && self.as_slice().len() < fewest
        {
            (later.enqueue)(self, more, table);
        }
    }

    /// The rank of the next one that waits, which stays the next. Removes those before it.
    pub(super) fn peek(&mut self, declared: &[Declared], table: &Table) -> Option<Rank> {
        loop {
            let Some(&next) = self.as_slice().first() else {
                let chunks = self.chunks;
                self.prepare(table);
                // There are none, or no memory for them.
                if self.chunks == chunks && self.as_slice().is_empty() {
                    return None;
                }
                continue;
            };
            let rank = if next.is_declared() {
                declared_rank(declared, next)
            } else {
                table.rank_of_queued(next)
            };
            if rank.is_some() {
                return rank;
            }
            self.pass(1);
        }
    }

    /// Removes the first so many.
    #[inline]
    pub(super) fn pass(&mut self, count: usize) {
        self.taken = self.taken.saturating_add(count).min(self.handlers.len());
        if count > 0 {
            self.last = None;
        }
    }

    /// The next ones.
    #[inline]
    pub(super) fn as_slice(&self) -> &[Queued] {
        match self.handlers.get(self.taken..) {
            None | Some([]) => self.last.as_slice(),
            Some(left) => left,
        }
    }

    /// All that were in the slice, and how many were taken.
    pub(super) fn taken(&self) -> (&[Queued], usize) {
        (&self.handlers, self.taken)
    }

    /// The same, without them.
    pub(super) fn take_handlers(&mut self) -> Vec<Queued> {
        core::mem::take(&mut self.handlers)
    }

    /// Whether any may be left.
    pub(super) fn has_left(&self, table: &Table) -> bool {
        !self.as_slice().is_empty()
            || !self.declared.is_empty()
            || (self.chunks > 0 && !table.is_empty())
    }

    /// How many are left, at most.
    pub(super) fn most_left(&self, table: &Table) -> usize {
        let registered = if self.chunks > 0 { table.len() } else { 0 };
        self.as_slice().len() + registered + self.declared.len()
    }

    /// The declared ones that are left after the next `begun` ones.
    pub(super) fn declared_left(&self, begun: usize) -> impl Iterator<Item = Queued> + '_ {
        let next = self.as_slice().iter().skip(begun).filter(|handler| handler.is_declared());
        next.chain(&self.declared).copied()
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
