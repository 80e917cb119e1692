//! What is left of the plan while the run goes on.

use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::handler::registered::Table;
use crate::plan::schedule::{Schedule, Start};
use crate::plan::{self, Cycle};
use std::vec;

pub(super) enum Order {
    /// No handler has edges, and none runs beside another one.
    Sorted(vec::IntoIter<Rank>),
    Scheduled(Box<Schedule>),
    /// There was no memory to sort in: each time, all handlers are looked at for the one that follows `last`.
    Searched {
        declared: &'static [Declared],
        owned: bool,
        last: Option<Rank>,
    },
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
    /// The order of the declared handlers and all that wait in the table. `owned` says whether the declared ones are this process's. And whether it is all that `after`, `before` and
    /// `concurrent` ask for: that takes memory.
    pub(super) fn of(declared: &'static [Declared], owned: bool, table: &Table) -> (Self, bool) {
        if table.is_plain() && declared.iter().all(Declared::is_plain) {
            return (Self::sorted(declared, owned, table), true);
        }
        match Schedule::of(declared, plan::declared_ranks(declared, owned), table) {
            Ok(schedule) => (Self::Scheduled(Box::new(schedule)), true),
            Err(_) => (Self::sorted(declared, owned, table), false),
        }
    }

    fn sorted(declared: &'static [Declared], owned: bool, table: &Table) -> Self {
        let mut ranks = Vec::new();
        if ranks.try_reserve_exact(declared.len() + table.len()).is_err() {
            return Self::Searched { declared, owned, last: None };
        }
        ranks.extend(table.ranks());
        ranks.extend(plan::declared_ranks(declared, owned));
        match plan::sort(declared, &mut ranks) {
            Ok(()) => Self::Sorted(ranks.into_iter()),
            Err(_) => Self::Searched { declared, owned, last: None },
        }
    }

    pub(super) const fn empty() -> Self {
        Self::Searched { declared: &[], owned: true, last: None }
    }

    /// The next handler, which may be gone. `is_busy` says whether one is running.
    pub(super) fn next(&mut self, declared: &[Declared], table: &mut Table, is_busy: bool) -> Next {
        self.take_in(declared, table);
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

    /// Takes in what was registered and unregistered since, where that has edges or runs beside others.
    fn take_in(&mut self, declared: &[Declared], table: &mut Table) {
        if let Self::Sorted(ranks) = self
            && !table.is_plain()
        {
            let waiting = ranks.as_slice().iter().copied().filter(|rank| rank.is_declared());
            // Without memory for that, the latecomers have no edges.
            if let Ok(schedule) = Schedule::of(declared, waiting, table) {
                *self = Self::Scheduled(Box::new(schedule));
                table.forget_latecomers();
            }
        }
        let Self::Scheduled(schedule) = self else { return };
        while let Some(rank) = table.next_latecomer() {
            // The same goes here.
            _ = schedule.admit(rank, declared, table);
        }
        while let Some(id) = table.next_gone() {
            schedule.is_gone(id);
        }
    }

    /// The handler at that place is over, or is not there any more.
    pub(super) fn over(&mut self, place: Place) {
        if let Self::Scheduled(schedule) = self
            && let Some(number) = place.number
        {
            schedule.over(number);
        }
    }

    /// Whether another handler may start beside those that are running.
    pub(super) fn may_start_more(&mut self) -> bool {
        match self {
            Self::Scheduled(schedule) => schedule.may_start_more(),
            Self::Sorted(_) | Self::Searched { .. } => false,
        }
    }

    /// Whether handlers wait that have not started.
    pub(super) fn has_left(&self, table: &Table) -> bool {
        table.has_latecomers()
            || match self {
                Self::Scheduled(schedule) => schedule.has_left(),
                Self::Sorted(_) | Self::Searched { .. } => self.peek(table).is_some(),
            }
    }

    /// The cycles that were found since the last call.
    pub(super) fn take_cycles(&mut self, declared: &[Declared], table: &Table) -> Vec<Cycle> {
        match self {
            Self::Scheduled(schedule) => plan::take_cycles(schedule, declared, table),
            Self::Sorted(_) | Self::Searched { .. } => Vec::new(),
        }
    }

    /// The next one. It stays the next until it is passed.
    fn peek(&self, table: &Table) -> Option<Rank> {
        match self {
            Self::Sorted(ranks) => ranks.as_slice().first().copied(),
            Self::Searched { declared, owned, last } => plan::next_after(declared, plan::declared_ranks(declared, *owned).chain(table.ranks()), *last),
            Self::Scheduled(_) => None,
        }
    }

    fn pass(&mut self, rank: Rank) -> Rank {
        match self {
            Self::Sorted(ranks) => drop(ranks.next()),
            Self::Searched { last, .. } => *last = Some(rank),
            Self::Scheduled(_) => {}
        }
        rank
    }

    /// The ranks of the declared handlers that are left.
    pub(super) fn declared_left(&self) -> Vec<Rank> {
        match self {
            Self::Sorted(ranks) => ranks.as_slice().iter().copied().filter(|rank| rank.is_declared()).collect(),
            Self::Scheduled(schedule) => schedule.left().filter(|rank| rank.is_declared()).collect(),
            Self::Searched { declared, owned, last } => {
                let after = |rank: &Rank| plan::next_after(declared, [*rank].into_iter(), *last).is_some();
                plan::declared_ranks(declared, *owned).filter(after).collect()
            }
        }
    }
}
