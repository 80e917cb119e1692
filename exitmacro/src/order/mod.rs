//! The order in which handlers run: sorted by priority, or scheduled if handlers have edges or are
//! concurrent. Has no lock, no thread and no clock.

pub(crate) mod cycle;
pub(crate) mod cycles;
pub(crate) mod enlist;
pub(crate) mod graph;
pub(crate) mod interrupt;
mod join_sources;
pub(crate) mod names;
pub(crate) mod next;
pub(crate) mod places;
pub(crate) mod queue;
mod radix;
pub(crate) mod relation;
pub(crate) mod schedule;
#[cfg(any(test, fuzzing))]
#[cfg_attr(fuzzing, allow(missing_docs))]
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "the fuzz targets reach it"))]
pub(crate) mod schedule_reference;
pub(crate) mod scheduling;
pub(crate) mod sort;
mod ties;
pub(crate) mod types;

use crate::handler::declared::Declared;
use crate::handler::{Queued, Rank};
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::order::next::Next;
use crate::order::queue::{Later, Queue};
use crate::order::scheduling::{Scheduled, Scheduling};
use crate::order::sort::{declared_rank, declared_ranks, next_after};
use crate::registry::Table;

pub(crate) enum Order {
    /// No handler has edges or is concurrent, or there was no memory or no time for a schedule.
    Sorted {
        queue: Queue,
        unplanned: Option<Unplanned>,
    },
    Scheduled(Box<dyn Scheduled>),
    /// There was no memory to sort in: each step searches all handlers for the next one after
    /// `last`.
    Searched {
        declared: &'static [Declared],
        owned: bool,
        last: Option<Rank>,
    },
}

/// A handler that is to run, and its number in the schedule, if there is one.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) rank: Rank,
    pub(crate) number: Option<u32>,
}

impl Order {
    /// The order of the declared handlers and all that wait in the table. `owned` says whether the
    /// declared handlers belong to this process. Handlers of the table may come into a queue
    /// `later`. Also returns why `after`, `before` and `concurrent` are not followed.
    pub(crate) fn of(
        declared: &'static [Declared],
        owned: bool,
        table: &Table,
        later: Option<&'static Later>,
        interrupt: &mut Interrupt,
    ) -> (Self, Option<Unplanned>) {
        let scheduling = Scheduling::asked_for_by(declared, table);
        let Ok(queue) = Queue::of(declared, owned, table, later.filter(|_| scheduling.is_none()))
        else {
            return (
                Self::Searched { declared, owned, last: None },
                scheduling.map(|_| Unplanned::OutOfMemory),
            );
        };
        let unplanned = match scheduling
            .map(|scheduling| (scheduling.of)(declared, queue.as_slice(), table, interrupt))
        {
            None => None,
            Some(Ok(schedule)) => return (Self::Scheduled(schedule), None),
            Some(Err(unplanned)) => Some(unplanned),
        };
        (Self::Sorted { queue, unplanned }, unplanned)
    }

    /// Which handler waits for which, by the numbers of their places: the awaited one first. At
    /// most so many.
    pub(crate) fn edges(&self, most: usize) -> Vec<(u32, u32)> {
        match self {
            Self::Scheduled(schedule) => schedule.edges(most),
            Self::Sorted { .. } | Self::Searched { .. } => Vec::new(),
        }
    }

    pub(crate) const fn empty() -> Self {
        Self::Searched { declared: &[], owned: true, last: None }
    }

    /// The next handler. One of a schedule may have been unregistered. `is_busy` says whether a
    /// handler is running.
    pub(crate) fn next(
        &mut self,
        declared: &[Declared],
        table: &mut Table,
        is_busy: bool,
    ) -> Next<Place> {
        if let Self::Scheduled(schedule) = self {
            return match schedule.start() {
                Next::Run(number) => {
                    Next::Run(Place { rank: schedule.rank(number), number: Some(number) })
                }
                Next::Wait => Next::Wait,
                Next::Done => Next::Done,
            };
        }
        if is_busy {
            return Next::Wait;
        }
        let next = self.peek(declared, table);
        let rank = match table.latecomer_before(next) {
            Some(late) => late,
            None => match next {
                Some(rank) => self.pass(rank),
                None => return Next::Done,
            },
        };
        Next::Run(Place { rank, number: None })
    }

    /// Whether there is anything to [take in](Self::take_in).
    pub(crate) fn has_news(&self, table: &Table) -> bool {
        match self {
            Self::Scheduled(_) => table.has_latecomers() || table.has_gone(),
            Self::Sorted { unplanned, .. } => unplanned.is_none() && table.ordered_by().is_some(),
            Self::Searched { .. } => false,
        }
    }

    /// Takes in the handlers that were registered and unregistered since, if edges or concurrency
    /// are involved. Returns, once, why their order could not be made. What was
    /// [taken](Self::taken) until then is in `earlier` afterwards.
    pub(crate) fn take_in(
        &mut self,
        declared: &[Declared],
        table: &mut Table,
        earlier: &mut Vec<Queued>,
        interrupt: &mut Interrupt,
    ) -> Option<Unplanned> {
        if let Self::Sorted { queue, unplanned: unplanned @ None } = self
            && let Some(scheduling) = Scheduling::behind(table.ordered_by())
        {
            queue.complete(table);
            match (scheduling.of_left)(declared, queue.as_slice(), table, interrupt) {
                Ok(schedule) => {
                    *earlier = queue.take_handlers();
                    *self = Self::Scheduled(schedule);
                    table.forget_latecomers();
                }
                Err(error) => {
                    *unplanned = Some(error);
                    return Some(error);
                }
            }
        }
        if let Self::Scheduled(schedule) = self {
            schedule.take_in(declared, table);
        }
        None
    }

    /// Notes that the handler at that place has finished, or was unregistered.
    pub(crate) fn finish(&mut self, place: Place) {
        if let Self::Scheduled(schedule) = self
            && let Some(number) = place.number
        {
            schedule.finish(number);
        }
    }

    /// The handlers that are left, if they are sorted.
    fn sorted(&self) -> &[Queued] {
        match self {
            Self::Sorted { queue, .. } => queue.as_slice(),
            Self::Scheduled(_) | Self::Searched { .. } => &[],
        }
    }

    /// The first so many of those that are left, if they are sorted.
    pub(crate) fn following(&self, count: usize) -> &[Queued] {
        let sorted = self.sorted();
        sorted.get(..count).unwrap_or(sorted)
    }

    /// The handlers that are sorted, with those that were taken, and how many were.
    pub(crate) fn taken(&self) -> (&[Queued], usize) {
        match self {
            Self::Sorted { queue, .. } => queue.taken(),
            Self::Scheduled(_) | Self::Searched { .. } => (&[], 0),
        }
    }

    /// How many declared handlers are left after the first `begun` ones. Allocates nothing.
    #[cfg(feature = "signals")]
    pub(crate) fn count_declared_left(&self, begun: usize) -> usize {
        match self {
            Self::Sorted { queue, .. } => queue.declared_left(begun).count(),
            Self::Scheduled(schedule) => schedule.count_declared_left(),
            Self::Searched { declared, owned, last } => {
                let follows =
                    |rank: &Rank| next_after(declared, [*rank].into_iter(), *last).is_some();
                declared_ranks(declared, *owned).filter(follows).count()
            }
        }
    }

    /// How many declared handlers are left, as far as that can be told without a search.
    pub(crate) fn count_left(&self) -> usize {
        match self {
            Self::Scheduled(schedule) => schedule.count_declared_left(),
            Self::Sorted { queue, .. } => queue.declared_left(0).count(),
            Self::Searched { .. } => 0,
        }
    }

    /// Has as many handlers [upcoming](Self::upcoming) as a runner leases, if so many are left.
    pub(crate) fn prepare(&mut self, table: &Table) {
        if let Self::Sorted { queue, .. } = self {
            queue.prepare(table);
        }
    }

    /// How many handlers are left, at most.
    pub(crate) fn most_left(&self, table: &Table) -> usize {
        match self {
            Self::Sorted { queue, .. } => queue.most_left(table),
            Self::Scheduled(_) | Self::Searched { .. } => 0,
        }
    }

    /// Those that follow, in order, until a handler is registered; none where more than that
    /// changes it. Maybe only the first ones, see [`prepare`](Self::prepare).
    pub(crate) fn upcoming(&self, table: &Table) -> &[Queued] {
        if table.has_latecomers() { &[] } else { self.sorted() }
    }

    /// Removes the first so many [upcoming](Self::upcoming) handlers, which have begun.
    pub(crate) fn pass_many(&mut self, count: usize) {
        if let Self::Sorted { queue, .. } = self {
            queue.pass(count);
        }
    }

    /// Whether another handler may start concurrently with those that are running.
    pub(crate) fn may_start_more(&mut self) -> bool {
        match self {
            Self::Scheduled(schedule) => schedule.may_start_more(),
            Self::Sorted { .. } | Self::Searched { .. } => false,
        }
    }

    /// Whether there are handlers that have not started.
    pub(crate) fn has_left(&self, table: &Table) -> bool {
        table.has_latecomers()
            || match self {
                Self::Scheduled(schedule) => schedule.has_left(),
                Self::Sorted { queue, .. } => queue.has_left(table),
                Self::Searched { declared, owned, last } => {
                    search(declared, *owned, *last, table).is_some()
                }
            }
    }

    /// Keeps the cycles that were found since the last call, by names that the table may lose, for
    /// the next line.
    pub(crate) fn keep_cycles(&mut self, declared: &[Declared], table: &Table) {
        if let Self::Scheduled(schedule) = self {
            schedule.keep_cycles(declared, table);
        }
    }

    /// Whether there are cycles for the next line.
    pub(crate) fn has_kept_cycles(&self) -> bool {
        match self {
            Self::Scheduled(schedule) => schedule.has_kept_cycles(),
            Self::Sorted { .. } | Self::Searched { .. } => false,
        }
    }

    /// The line on stderr about the cycles that were kept since the last one, if there are any.
    pub(crate) fn line_of_cycles(&mut self) -> Option<String> {
        match self {
            Self::Scheduled(schedule) => schedule.line_of_cycles(),
            Self::Sorted { .. } | Self::Searched { .. } => None,
        }
    }

    /// The next rank, which stays the next until [`pass`](Self::pass) removes it.
    #[inline]
    fn peek(&mut self, declared: &[Declared], table: &Table) -> Option<Rank> {
        match self {
            Self::Sorted { queue, .. } => queue.peek(declared, table),
            Self::Searched { declared, owned, last } => search(declared, *owned, *last, table),
            Self::Scheduled(_) => None,
        }
    }

    fn pass(&mut self, rank: Rank) -> Rank {
        match self {
            Self::Sorted { queue, .. } => queue.pass(1),
            Self::Searched { last, .. } => *last = Some(rank),
            Self::Scheduled(_) => {}
        }
        rank
    }

    /// The ranks of the declared handlers that are left.
    pub(crate) fn declared_left(&self, declared: &[Declared]) -> Vec<Rank> {
        match self {
            Self::Sorted { queue, .. } => {
                let left = queue.declared_left(0);
                left.filter_map(|handler| declared_rank(declared, handler)).collect()
            }
            Self::Scheduled(schedule) => schedule.declared_left(),
            Self::Searched { declared, owned, last } => {
                let after =
                    |rank: &Rank| next_after(declared, [*rank].into_iter(), *last).is_some();
                declared_ranks(declared, *owned).filter(after).collect()
            }
        }
    }
}

/// The next rank when there is no memory to sort in, found by a search of all. Apart from the usual
/// case, whose registers it would take.
#[cold]
fn search(declared: &[Declared], owned: bool, last: Option<Rank>, table: &Table) -> Option<Rank> {
    next_after(declared, declared_ranks(declared, owned).chain(table.ranks()), last)
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
