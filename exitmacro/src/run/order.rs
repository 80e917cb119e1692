//! What is left of the plan while the run goes on.

use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::handler::registered::Table;
use crate::plan::schedule::Start;
use crate::plan::scheduling::{Scheduled, Scheduling};
use crate::plan::{self, Cycle, Interrupt, Unplanned};
use std::collections::TryReserveError;
use std::vec;

pub(super) enum Order {
    /// No handler has edges, and none runs beside another one; or there was no memory or no time for that.
    Sorted {
        ranks: Ranks,
        unplanned: Option<Unplanned>,
    },
    Scheduled(Box<dyn Scheduled>),
    /// There was no memory to sort in: each time, all handlers are looked at for the one that follows `last`.
    Searched {
        declared: &'static [Declared],
        owned: bool,
        last: Option<Rank>,
    },
}

/// Those that are left, in order. A single one takes no memory: it is the last.
pub(super) struct Ranks {
    sorted: vec::IntoIter<Rank>,
    last: Option<Rank>,
}

impl Ranks {
    /// In run order; fails when there is no memory to sort them in.
    fn of(declared: &[Declared], owned: bool, table: &Table) -> Result<Self, TryReserveError> {
        let waiting = plan::declared_ranks(declared, owned);
        if declared.len() + table.len() == 1 {
            return Ok(Self { sorted: Vec::new().into_iter(), last: table.ranks().chain(waiting).next() });
        }
        Ok(Self { sorted: plan::sorted(declared, waiting, table)?.into_iter(), last: None })
    }

    #[inline]
    fn next(&mut self) -> Option<Rank> {
        self.sorted.next().or_else(|| self.last.take())
    }

    #[inline]
    fn as_slice(&self) -> &[Rank] {
        match self.sorted.as_slice() {
            [] => self.last.as_slice(),
            sorted => sorted,
        }
    }
}

/// A handler that is to run, and what the order calls it.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) rank: Rank,
    number: Option<u32>,
}

/// What is next.
pub(super) enum Next {
    Run(Place),
    /// Nothing before one that is running is over.
    Later,
    Nothing,
}

impl Order {
    /// The order of the declared handlers and all that wait in the table. `owned` says whether the declared ones are this process's. And what stands against all that `after`, `before` and
    /// `concurrent` ask for.
    pub(super) fn of(declared: &'static [Declared], owned: bool, table: &Table, interrupt: &mut Interrupt<'_>) -> (Self, Option<Unplanned>) {
        let scheduling = Scheduling::asked_for_by(declared, table);
        let Ok(ranks) = Ranks::of(declared, owned, table) else {
            return (Self::Searched { declared, owned, last: None }, scheduling.map(|_| Unplanned::OutOfMemory));
        };
        let unplanned = match scheduling.map(|scheduling| (scheduling.of)(declared, ranks.as_slice(), table, interrupt)) {
            None => None,
            Some(Ok(schedule)) => return (Self::Scheduled(schedule), None),
            Some(Err(unplanned)) => Some(unplanned),
        };
        (Self::Sorted { ranks, unplanned }, unplanned)
    }

    pub(super) const fn empty() -> Self {
        Self::Searched { declared: &[], owned: true, last: None }
    }

    /// The next handler, which may be gone. `is_busy` says whether one is running.
    pub(super) fn next(&mut self, table: &mut Table, is_busy: bool) -> Next {
        if let Self::Scheduled(schedule) = self {
            return match schedule.start() {
                Start::Handler(number) => Next::Run(Place { rank: schedule.rank(number), number: Some(number) }),
                Start::Later => Next::Later,
                Start::None => Next::Nothing,
            };
        }
        if is_busy {
            return Next::Later;
        }
        if let Self::Sorted { ranks, .. } = self
            && !table.has_latecomers()
        {
            return ranks.next().map_or(Next::Nothing, |rank| Next::Run(Place { rank, number: None }));
        }
        let next = self.peek(table);
        let rank = match table.latecomer_before(next) {
            Some(late) => late,
            None => match next {
                Some(rank) => self.pass(rank),
                None => return Next::Nothing,
            },
        };
        Next::Run(Place { rank, number: None })
    }

    /// Whether there is anything to [take in](Self::take_in).
    pub(super) fn has_news(&self, table: &Table) -> bool {
        match self {
            Self::Scheduled(_) => table.has_latecomers() || table.has_gone(),
            Self::Sorted { unplanned, .. } => unplanned.is_none() && table.scheduling().is_some(),
            Self::Searched { .. } => false,
        }
    }

    /// Takes in what was registered and unregistered since, where that has edges or runs beside others. Answers, once, with what stands against that.
    pub(super) fn take_in(&mut self, declared: &[Declared], table: &mut Table, interrupt: &mut Interrupt<'_>) -> Option<Unplanned> {
        if let Self::Sorted { ranks, unplanned: unplanned @ None } = self
            && let Some(scheduling) = table.scheduling()
        {
            let waiting = ranks.as_slice().iter().copied().filter(|rank| rank.is_declared());
            let sorted = plan::sorted(declared, waiting, table).map_err(Unplanned::from);
            match sorted.and_then(|ranks| (scheduling.of)(declared, &ranks, table, interrupt)) {
                Ok(schedule) => {
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

    /// The handler at that place is over, or is not there any more.
    pub(super) fn over(&mut self, place: Place) {
        if let Self::Scheduled(schedule) = self
            && let Some(number) = place.number
        {
            schedule.over(number);
        }
    }

    /// Those that are left, where they are sorted.
    fn sorted(&self) -> &[Rank] {
        match self {
            Self::Sorted { ranks, .. } => ranks.as_slice(),
            Self::Scheduled(_) | Self::Searched { .. } => &[],
        }
    }

    /// One of those that follow, in the order of the beginning.
    #[cfg(feature = "signals")]
    pub(super) fn following(&self, place: usize) -> Option<Rank> {
        self.sorted().get(place).copied()
    }

    /// How many declared handlers are left behind so many that have begun. Allocates nothing.
    #[cfg(feature = "signals")]
    pub(super) fn count_declared_left(&self, begun: usize) -> usize {
        match self {
            Self::Sorted { .. } => self.sorted().iter().skip(begun).filter(|rank| rank.is_declared()).count(),
            Self::Scheduled(schedule) => schedule.count_declared_left(),
            Self::Searched { declared, owned, last } => {
                let follows = |rank: &Rank| plan::next_after(declared, [*rank].into_iter(), *last).is_some();
                plan::declared_ranks(declared, *owned).filter(follows).count()
            }
        }
    }

    /// The ranks of those that follow, in order, until a handler is registered; of none where more than that changes it.
    pub(super) fn upcoming(&self, table: &Table) -> &[Rank] {
        if table.has_latecomers() { &[] } else { self.sorted() }
    }

    /// Passes the first of the [upcoming](Self::upcoming) ones, which has begun.
    pub(super) fn pass_one(&mut self) -> Option<Rank> {
        match self {
            Self::Sorted { ranks, .. } => ranks.next(),
            _ => None,
        }
    }

    /// Whether another handler may start beside those that are running.
    pub(super) fn may_start_more(&mut self) -> bool {
        match self {
            Self::Scheduled(schedule) => schedule.may_start_more(),
            Self::Sorted { .. } | Self::Searched { .. } => false,
        }
    }

    /// Whether handlers wait that have not started.
    pub(super) fn has_left(&self, table: &Table) -> bool {
        table.has_latecomers()
            || match self {
                Self::Scheduled(schedule) => schedule.has_left(),
                Self::Sorted { .. } | Self::Searched { .. } => self.peek(table).is_some(),
            }
    }

    /// The cycles that were found since the last call.
    pub(super) fn take_cycles(&mut self, declared: &[Declared], table: &Table) -> Vec<Cycle> {
        match self {
            Self::Scheduled(schedule) => schedule.take_cycles(declared, table),
            Self::Sorted { .. } | Self::Searched { .. } => Vec::new(),
        }
    }

    /// What stderr gets to know of such cycles.
    pub(super) fn line_of_cycles(&self, cycles: &[Cycle]) -> Option<String> {
        match self {
            Self::Scheduled(schedule) => Some(schedule.line_of_cycles(cycles)),
            Self::Sorted { .. } | Self::Searched { .. } => None,
        }
    }

    /// The next one. It stays the next until it is passed.
    #[inline]
    fn peek(&self, table: &Table) -> Option<Rank> {
        match self {
            Self::Sorted { ranks, .. } => ranks.as_slice().first().copied(),
            Self::Searched { declared, owned, last } => search(declared, *owned, *last, table),
            Self::Scheduled(_) => None,
        }
    }

    fn pass(&mut self, rank: Rank) -> Rank {
        match self {
            Self::Sorted { ranks, .. } => drop(ranks.next()),
            Self::Searched { last, .. } => *last = Some(rank),
            Self::Scheduled(_) => {}
        }
        rank
    }

    /// The ranks of the declared handlers that are left.
    pub(super) fn declared_left(&self) -> Vec<Rank> {
        match self {
            Self::Sorted { ranks, .. } => ranks.as_slice().iter().copied().filter(|rank| rank.is_declared()).collect(),
            Self::Scheduled(schedule) => schedule.declared_left(),
            Self::Searched { declared, owned, last } => {
                let after = |rank: &Rank| plan::next_after(declared, [*rank].into_iter(), *last).is_some();
                plan::declared_ranks(declared, *owned).filter(after).collect()
            }
        }
    }
}

/// Where no memory is for sorting: the next one, found by looking at all. Apart from the usual case, whose registers it would take.
#[cold]
fn search(declared: &[Declared], owned: bool, last: Option<Rank>, table: &Table) -> Option<Rank> {
    plan::next_after(declared, plan::declared_ranks(declared, owned).chain(table.ranks()), last)
}
