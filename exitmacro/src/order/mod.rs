//! In which order handlers run: sorted by priority, or scheduled where they have edges or run
//! concurrently. Pure: data in, data out.

pub(crate) mod cycle;
pub(crate) mod cycles;
pub(crate) mod graph;
pub(crate) mod interrupt;
pub(crate) mod names;
pub(crate) mod next;
mod radix;
pub(crate) mod schedule;
#[cfg(any(test, fuzzing))]
#[cfg_attr(fuzzing, allow(missing_docs))]
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "the fuzz targets reach it"))]
pub(crate) mod schedule_reference;
pub(crate) mod scheduling;
pub(crate) mod sort;
mod ties;
mod types;

use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::order::cycle::Cycle;
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::order::next::Next;
use crate::order::scheduling::{Scheduled, Scheduling};
use crate::registry::Table;
use std::collections::TryReserveError;
use std::vec;

pub(crate) enum Order {
    /// No handler has edges, and none runs beside another one; or there was no memory or no time
    /// for that.
    Sorted {
        ranks: Ranks,
        unplanned: Option<Unplanned>,
    },
    Scheduled(Box<dyn Scheduled>),
    /// There was no memory to sort in: each time, all handlers are looked at for the one that
    /// follows `last`.
    Searched {
        declared: &'static [Declared],
        owned: bool,
        last: Option<Rank>,
    },
}

/// Those that are left, in order. A single one takes no memory: it is the last.
pub(crate) struct Ranks {
    sorted: vec::IntoIter<Rank>,
    last: Option<Rank>,
}

impl Ranks {
    /// In run order; fails when there is no memory to sort them in.
    fn of(declared: &[Declared], owned: bool, table: &Table) -> Result<Self, TryReserveError> {
        let waiting = crate::order::sort::declared_ranks(declared, owned);
        if declared.len() + table.len() == 1 {
            return Ok(Self {
                sorted: Vec::new().into_iter(),
                last: table.ranks().chain(waiting).next(),
            });
        }
        Ok(Self {
            sorted: crate::order::sort::sorted(declared, waiting, table)?.into_iter(),
            last: None,
        })
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
pub(crate) struct Place {
    pub(crate) rank: Rank,
    number: Option<u32>,
}

impl Order {
    /// The order of the declared handlers and all that wait in the table. `owned` says whether the
    /// declared ones are this process's. And what stands against all that `after`, `before` and
    /// `concurrent` ask for.
    pub(crate) fn of(
        declared: &'static [Declared],
        owned: bool,
        table: &Table,
        interrupt: &mut Interrupt<'_>,
    ) -> (Self, Option<Unplanned>) {
        let scheduling = Scheduling::asked_for_by(declared, table);
        let Ok(ranks) = Ranks::of(declared, owned, table) else {
            return (
                Self::Searched { declared, owned, last: None },
                scheduling.map(|_| Unplanned::OutOfMemory),
            );
        };
        let unplanned = match scheduling
            .map(|scheduling| (scheduling.of)(declared, ranks.as_slice(), table, interrupt))
        {
            None => None,
            Some(Ok(schedule)) => return (Self::Scheduled(schedule), None),
            Some(Err(unplanned)) => Some(unplanned),
        };
        (Self::Sorted { ranks, unplanned }, unplanned)
    }

    pub(crate) const fn empty() -> Self {
        Self::Searched { declared: &[], owned: true, last: None }
    }

    /// The next handler, which may be gone. `is_busy` says whether one is running.
    pub(crate) fn next(&mut self, table: &mut Table, is_busy: bool) -> Next<Place> {
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
        if let Self::Sorted { ranks, .. } = self
            && !table.has_latecomers()
        {
            return ranks.next().map_or(Next::Done, |rank| Next::Run(Place { rank, number: None }));
        }
        let next = self.peek(table);
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

    /// Takes in what was registered and unregistered since, where that has edges or runs beside
    /// others. Answers, once, with what stands against that.
    pub(crate) fn take_in(
        &mut self,
        declared: &[Declared],
        table: &mut Table,
        interrupt: &mut Interrupt<'_>,
    ) -> Option<Unplanned> {
        if let Self::Sorted { ranks, unplanned: unplanned @ None } = self
            && let Some(scheduling) = Scheduling::behind(table.ordered_by())
        {
            let waiting = ranks.as_slice().iter().copied().filter(|rank| rank.is_declared());
            let sorted =
                crate::order::sort::sorted(declared, waiting, table).map_err(Unplanned::from);
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
    pub(crate) fn over(&mut self, place: Place) {
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
    pub(crate) fn following(&self, place: usize) -> Option<Rank> {
        self.sorted().get(place).copied()
    }

    /// How many declared handlers are left behind so many that have begun. Allocates nothing.
    #[cfg(feature = "signals")]
    pub(crate) fn count_declared_left(&self, begun: usize) -> usize {
        match self {
            Self::Sorted { .. } => {
                self.sorted().iter().skip(begun).filter(|rank| rank.is_declared()).count()
            }
            Self::Scheduled(schedule) => schedule.count_declared_left(),
            Self::Searched { declared, owned, last } => {
                let follows = |rank: &Rank| {
                    crate::order::sort::next_after(declared, [*rank].into_iter(), *last).is_some()
                };
                crate::order::sort::declared_ranks(declared, *owned).filter(follows).count()
            }
        }
    }

    /// How many declared handlers are left, as far as that can be told without a search.
    pub(crate) fn count_left(&self) -> usize {
        match self {
            Self::Scheduled(schedule) => schedule.count_declared_left(),
            _ => self.sorted().iter().filter(|rank| rank.is_declared()).count(),
        }
    }

    /// The ranks of those that follow, in order, until a handler is registered; of none where more
    /// than that changes it.
    pub(crate) fn upcoming(&self, table: &Table) -> &[Rank] {
        if table.has_latecomers() { &[] } else { self.sorted() }
    }

    /// Passes the first of the [upcoming](Self::upcoming) ones, which has begun.
    pub(crate) fn pass_one(&mut self) -> Option<Rank> {
        match self {
            Self::Sorted { ranks, .. } => ranks.next(),
            _ => None,
        }
    }

    /// Whether another handler may start beside those that are running.
    pub(crate) fn may_start_more(&mut self) -> bool {
        match self {
            Self::Scheduled(schedule) => schedule.may_start_more(),
            Self::Sorted { .. } | Self::Searched { .. } => false,
        }
    }

    /// Whether handlers wait that have not started.
    pub(crate) fn has_left(&self, table: &Table) -> bool {
        table.has_latecomers()
            || match self {
                Self::Scheduled(schedule) => schedule.has_left(),
                Self::Sorted { .. } | Self::Searched { .. } => self.peek(table).is_some(),
            }
    }

    /// The cycles that were found since the last call.
    pub(crate) fn take_cycles(&mut self, declared: &[Declared], table: &Table) -> Vec<Cycle> {
        match self {
            Self::Scheduled(schedule) => schedule.take_cycles(declared, table),
            Self::Sorted { .. } | Self::Searched { .. } => Vec::new(),
        }
    }

    /// What stderr gets to know of such cycles.
    pub(crate) fn line_of_cycles(&self, cycles: &[Cycle]) -> Option<String> {
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
    pub(crate) fn declared_left(&self) -> Vec<Rank> {
        match self {
            Self::Sorted { ranks, .. } => {
                ranks.as_slice().iter().copied().filter(|rank| rank.is_declared()).collect()
            }
            Self::Scheduled(schedule) => schedule.declared_left(),
            Self::Searched { declared, owned, last } => {
                let after = |rank: &Rank| {
                    crate::order::sort::next_after(declared, [*rank].into_iter(), *last).is_some()
                };
                crate::order::sort::declared_ranks(declared, *owned).filter(after).collect()
            }
        }
    }
}

/// Where no memory is for sorting: the next one, found by looking at all. Apart from the usual
/// case, whose registers it would take.
#[cold]
fn search(declared: &[Declared], owned: bool, last: Option<Rank>, table: &Table) -> Option<Rank> {
    crate::order::sort::next_after(
        declared,
        crate::order::sort::declared_ranks(declared, owned).chain(table.ranks()),
        last,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::edge::Key;
    use crate::registry::tests::place_in;
    use proptest::prelude::*;

    static DECLARED: [Declared; 3] = [
        Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(())),
        Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(())).priority(1).inherit(),
        Declared::new("c", "app", "a.rs", 3, 1, |_| Ok(())).priority(-1),
    ];

    fn order(table: &Table) -> Order {
        Order::of(&DECLARED, true, table, &mut Interrupt::new(&mut || true)).0
    }

    const fn searched(owned: bool) -> Order {
        Order::Searched { declared: &DECLARED, owned, last: None }
    }

    fn place(table: &mut Table, priority: i32) {
        place_in(table, priority, false, Vec::new(), Vec::new());
    }

    fn take_in(order: &mut Order, table: &mut Table) -> Option<Unplanned> {
        order.take_in(&DECLARED, table, &mut Interrupt::new(&mut || true))
    }

    /// The next handler: its priority, whether it is declared, and its index.
    fn next(order: &mut Order, table: &mut Table) -> Option<(i32, bool, u32)> {
        let Next::Run(place) = order.next(table, false) else { return None };
        assert!(place.rank.is_declared() || table.take(place.rank).is_some(), "it waits");
        order.over(place);
        Some((place.rank.priority, place.rank.is_declared(), place.rank.index))
    }

    #[test]
    fn there_is_news_where_a_schedule_is_missing_or_out_of_date() {
        let mut table = Table::new();
        let mut sorted = order(&table);
        table.begin_run();
        place(&mut table, 0);
        assert!(!sorted.has_news(&table), "a handler without edges needs no schedule");
        place_in(&mut table, 0, true, Vec::new(), Vec::new());
        assert!(sorted.has_news(&table));
        assert!(!searched(true).has_news(&table));
        let unplanned = Order::Sorted {
            ranks: Ranks { sorted: Vec::new().into_iter(), last: None },
            unplanned: Some(Unplanned::OutOfTime),
        };
        assert!(!unplanned.has_news(&table), "planning is tried once");

        assert_eq!(take_in(&mut sorted, &mut table), None);
        let mut scheduled = sorted;
        assert!(matches!(scheduled, Order::Scheduled(_)) && !scheduled.has_news(&table));
        let count = core::iter::from_fn(|| next(&mut scheduled, &mut table)).count();
        assert_eq!(count, DECLARED.len() + 2, "each of them once");
        let late = place_in(&mut table, 0, false, Vec::new(), Vec::new());
        assert!(scheduled.has_news(&table));
        assert_eq!(take_in(&mut scheduled, &mut table), None);
        assert!(!scheduled.has_news(&table));
        table.remove(late).map(drop).expect("it waits");
        assert!(scheduled.has_news(&table));
        assert_eq!(take_in(&mut scheduled, &mut table), None);
        assert!(!scheduled.has_news(&table));
    }

    #[test]
    fn the_upcoming_ranks_are_known_until_a_handler_is_registered() {
        let mut table = Table::new();
        let mut sorted = order(&table);
        let names = |order: &Order, table: &Table| {
            order
                .upcoming(table)
                .iter()
                .map(|rank| DECLARED[rank.index as usize].name())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&sorted, &table), ["b", "a", "c"]);
        assert_eq!(sorted.pass_one().map(|rank| rank.priority), Some(1));
        assert_eq!(names(&sorted, &table), ["a", "c"]);
        table.begin_run();
        place(&mut table, 0);
        assert!(names(&sorted, &table).is_empty());
        assert!(
            searched(true).upcoming(&Table::new()).is_empty()
                && searched(true).pass_one().is_none()
        );
    }

    #[test]
    fn a_schedule_reports_its_cycles_once() {
        let mut table = Table::new();
        let id = place_in(&mut table, 0, false, Vec::new(), Vec::new());
        place_in(&mut table, 0, false, vec![Key::Id(id)], vec![Key::Id(id)]);
        let mut scheduled = order(&table);
        let cycles = scheduled.take_cycles(&DECLARED, &table);
        let told = scheduled.line_of_cycles(&cycles).expect("it has cycles");
        assert!(cycles.len() == 1 && told.contains(&cycles[0].to_string()), "{told}");
        assert!(scheduled.take_cycles(&DECLARED, &table).is_empty());
        assert_eq!(searched(true).line_of_cycles(&cycles), None);
    }

    proptest! {
        #[test]
        fn searching_finds_what_sorting_does(early in prop::collection::vec(-2..3_i32, 0..6), late in prop::collection::vec((0..9_usize, -2..3_i32), 0..4), owned in any::<bool>()) {
            let [mut sorting, mut searching] = [Table::new(), Table::new()];
            for &priority in &early {
                place(&mut sorting, priority);
                place(&mut searching, priority);
            }
            let mut sorted = Order::of(&DECLARED, owned, &sorting, &mut Interrupt::new(&mut || true)).0;
            let mut searched = searched(owned);
            sorting.begin_run();
            searching.begin_run();
            for step in 0.. {
                for &(_, priority) in late.iter().filter(|&&(at, _)| at == step) {
                    place(&mut sorting, priority);
                    place(&mut searching, priority);
                }
                let [mut left, mut left_to_search] = [sorted.declared_left(), searched.declared_left()];
                left.sort_unstable();
                left_to_search.sort_unstable();
                prop_assert_eq!(left, left_to_search);
                prop_assert_eq!(sorted.has_left(&sorting), searched.has_left(&searching));
                let found = next(&mut sorted, &mut sorting);
                prop_assert_eq!(next(&mut searched, &mut searching), found);
                if found.is_none() {
                    break;
                }
            }
            prop_assert!(!searched.has_left(&searching));
        }
    }
}
