//! What is left of the plan while the run goes on.

use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::handler::registered::Table;
use crate::plan;
use std::vec;

pub(super) enum Order {
    Sorted(vec::IntoIter<Rank>),
    /// There was no memory to sort in: each time, all handlers are looked at for the one that follows `last`.
    Searched {
        declared: &'static [Declared],
        owned: bool,
        last: Option<Rank>,
    },
}

impl Order {
    /// The order of the declared handlers and all that wait in the table. `owned` says whether the declared ones are this process's.
    pub(super) fn of(declared: &'static [Declared], owned: bool, table: &Table) -> Self {
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

    /// The next one. It stays the next until it is passed.
    pub(super) fn peek(&self, table: &Table) -> Option<Rank> {
        match self {
            Self::Sorted(ranks) => ranks.as_slice().first().copied(),
            Self::Searched { declared, owned, last } => plan::next_after(declared, plan::declared_ranks(declared, *owned).chain(table.ranks()), *last),
        }
    }

    pub(super) fn pass(&mut self, rank: Rank) {
        match self {
            Self::Sorted(ranks) => drop(ranks.next()),
            Self::Searched { last, .. } => *last = Some(rank),
        }
    }

    /// The ranks of the declared handlers that are left.
    pub(super) fn declared_left(&self) -> Vec<Rank> {
        match self {
            Self::Sorted(ranks) => ranks.as_slice().iter().copied().filter(|rank| rank.is_declared()).collect(),
            Self::Searched { declared, owned, last } => {
                let after = |rank: &Rank| plan::next_after(declared, [*rank].into_iter(), *last).is_some();
                plan::declared_ranks(declared, *owned).filter(after).collect()
            }
        }
    }
}
