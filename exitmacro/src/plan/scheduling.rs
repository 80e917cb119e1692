//! Ordering by edges and concurrent handlers, behind pointers: only code that asks for it leads
//! here, so that other programs do not contain it.

use super::schedule::{Schedule, Start};
use super::{Bounds, Cycle, Interrupt, Plan, Unplanned};
use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::handler::registered::Table;
use core::time::Duration;

/// A [`Schedule`], for a run that does not know whether there is one.
pub(crate) trait Scheduled: Send {
    fn start(&mut self) -> Start;
    fn rank(&self, number: u32) -> Rank;
    fn over(&mut self, number: u32);
    fn may_start_more(&mut self) -> bool;
    fn has_left(&self) -> bool;
    /// The ranks of the declared handlers that have not started.
    fn declared_left(&self) -> Vec<Rank>;
    /// How many these are.
    #[cfg(feature = "signals")]
    fn count_declared_left(&self) -> usize;
    /// Adds and removes what was registered and unregistered since.
    fn take_in(&mut self, declared: &[Declared], table: &mut Table);
    /// The cycles that were found since the last call.
    fn take_cycles(&mut self, declared: &[Declared], table: &Table) -> Vec<Cycle>;
    /// The line for stderr about them.
    fn line_of_cycles(&self, cycles: &[Cycle]) -> String;
}

impl Scheduled for Schedule {
    fn start(&mut self) -> Start {
        Self::start(self)
    }

    fn rank(&self, number: u32) -> Rank {
        Self::rank(self, number)
    }

    fn over(&mut self, number: u32) {
        Self::over(self, number);
    }

    fn may_start_more(&mut self) -> bool {
        Self::may_start_more(self)
    }

    fn has_left(&self) -> bool {
        Self::has_left(self)
    }

    fn declared_left(&self) -> Vec<Rank> {
        self.left().filter(|rank| rank.is_declared()).collect()
    }

    #[cfg(feature = "signals")]
    fn count_declared_left(&self) -> usize {
        self.left().filter(|rank| rank.is_declared()).count()
    }

    fn take_in(&mut self, declared: &[Declared], table: &mut Table) {
        while let Some(rank) = table.next_latecomer() {
            // Without memory for that, the new handler has no edges.
            _ = self.admit(rank, declared, table);
        }
        while let Some(id) = table.next_gone() {
            self.is_gone(id);
        }
    }

    fn take_cycles(&mut self, declared: &[Declared], table: &Table) -> Vec<Cycle> {
        super::take_cycles(self, declared, table)
    }

    fn line_of_cycles(&self, cycles: &[Cycle]) -> String {
        const SHOWN: usize = 3;
        let shown: Vec<String> = cycles.iter().take(SHOWN).map(described).collect();
        let more = cycles.len().saturating_sub(SHOWN);
        let more = if more == 0 {
            String::new()
        } else {
            format!("; and {more} more, see `plan().cycles()`")
        };
        let subject = if cycles.len() == 1 { "ordering cycle" } else { "ordering cycles" };
        format!("{subject}: {}{more}", shown.join("; "))
    }
}

fn described(cycle: &Cycle) -> String {
    let first = cycle.names().next().unwrap_or_default();
    format!("{cycle} (`{first}` runs first)")
}

type Made = Result<Box<dyn Scheduled>, Unplanned>;

/// The pointers.
pub(crate) struct Scheduling {
    /// The order of these handlers, which are sorted by rank.
    pub(crate) of: fn(&[Declared], &[Rank], &Table, &mut Interrupt<'_>) -> Made,
    /// How long a run takes at worst by the configured timeouts.
    pub(crate) stated_worst_case:
        fn(&[Declared], &[Rank], &Table, Bounds, &mut Interrupt<'_>) -> Duration,
}

impl Scheduling {
    /// For code that asks for `after`, `before` or `concurrent`.
    pub(crate) const fn get() -> &'static Self {
        &SCHEDULING
    }

    /// The schedule that orders these handlers, unless sorting does. In a forked child, handlers
    /// that are not the child's count as well.
    pub(crate) fn asked_for_by(declared: &[Declared], table: &Table) -> Option<&'static Self> {
        table.scheduling().or_else(|| declared.iter().find_map(Declared::scheduling))
    }
}

impl core::fmt::Debug for Scheduling {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Scheduling")
    }
}

/// There is only one.
impl PartialEq for Scheduling {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Scheduling {}

static SCHEDULING: Scheduling = Scheduling { of, stated_worst_case };

fn of(declared: &[Declared], ranks: &[Rank], table: &Table, interrupt: &mut Interrupt<'_>) -> Made {
    Ok(Schedule::of(declared, ranks, table, interrupt)?)
}

fn stated_worst_case(
    declared: &[Declared],
    waiting: &[Rank],
    table: &Table,
    bounds: Bounds,
    interrupt: &mut Interrupt<'_>,
) -> Duration {
    Plan::of(declared, waiting, table, bounds, interrupt).stated_worst_case()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::edge::Key;
    use crate::handler::registered::tests::place_in;
    use crate::plan::{declared_ranks, sorted};
    use std::borrow::Cow;

    const fn handler(name: &'static str, line: u32) -> Declared {
        Declared::new(name, "app", "a.rs", line, 1, |_| Ok(()))
    }

    fn scheduled(declared: &[Declared], table: &Table) -> Box<dyn Scheduled> {
        let ranks =
            sorted(declared, declared_ranks(declared, true), table).expect("there is memory");
        (Scheduling::get().of)(declared, &ranks, table, &mut Interrupt::new(&mut || true))
            .expect("there is memory and time")
    }

    fn start(schedule: &mut dyn Scheduled) -> u32 {
        let Start::Handler(number) = schedule.start() else { panic!("one can start") };
        number
    }

    #[test]
    fn a_schedule_is_the_same_through_the_trait() {
        static DECLARED: [Declared; 2] =
            [handler("a", 1), handler("b", 2).after(&[Key::Declared(|| &DECLARED[0])])];
        let mut table = Table::new();
        place_in(&mut table, 0, false, Vec::new(), Vec::new());
        let mut schedule = scheduled(&DECLARED, &table);
        let left = |schedule: &dyn Scheduled| {
            schedule
                .declared_left()
                .iter()
                .map(|rank| DECLARED[rank.index as usize].name())
                .collect::<Vec<_>>()
        };
        assert!(schedule.has_left() && schedule.may_start_more());
        assert_eq!(left(&*schedule), ["b", "a"], "the other one is not declared");

        let registered = start(&mut *schedule);
        assert!(!schedule.rank(registered).is_declared() && !schedule.may_start_more());
        schedule.over(registered);
        for (name, behind) in [("a", &["b"][..]), ("b", &[])] {
            let number = start(&mut *schedule);
            assert_eq!(DECLARED[schedule.rank(number).index as usize].name(), name);
            assert_eq!(
                (left(&*schedule), schedule.has_left()),
                (behind.to_vec(), !behind.is_empty())
            );
            schedule.over(number);
        }
        assert_eq!(schedule.start(), Start::None);
    }

    #[test]
    fn cycles_are_reported_once() {
        let mut table = Table::new();
        let id = place_in(&mut table, 0, false, Vec::new(), Vec::new());
        place_in(&mut table, 0, false, vec![Key::Id(id)], vec![Key::Id(id)]);
        let mut schedule = scheduled(&[], &table);
        let lengths =
            |cycles: Vec<Cycle>| cycles.iter().map(|cycle| cycle.names().len()).collect::<Vec<_>>();
        assert_eq!(lengths(schedule.take_cycles(&[], &table)), [2]);
        assert!(schedule.take_cycles(&[], &table).is_empty());
    }

    #[test]
    fn a_line_names_three_cycles_and_counts_the_others() {
        let cycles = ["a", "b", "c", "d", "e"]
            .map(|name| Cycle { names: [name, "z"].map(Cow::Borrowed).to_vec() });
        let schedule = scheduled(&[], &Table::new());
        let line = |count: usize| schedule.line_of_cycles(&cycles[..count]);
        assert_eq!(line(1), "ordering cycle: `a` after `z` after `a` (`a` runs first)");
        let three = "ordering cycles: `a` after `z` after `a` (`a` runs first); \
                     `b` after `z` after `b` (`b` runs first); \
                     `c` after `z` after `c` (`c` runs first)";
        assert_eq!(line(3), three);
        assert_eq!(
            [line(4), line(5)],
            [1, 2].map(|more| format!("{three}; and {more} more, see `plan().cycles()`"))
        );
    }

    #[test]
    fn the_stated_worst_case_is_that_of_the_plan() {
        static DECLARED: [Declared; 2] = [
            handler("a", 1).timeout(Duration::from_secs(2)).concurrent(),
            handler("b", 2).timeout(Duration::from_secs(3)).concurrent(),
        ];
        let waiting: Vec<Rank> = declared_ranks(&DECLARED, true).collect();
        let bounds = Bounds {
            budget: Duration::ZERO,
            timeout: Duration::from_secs(10),
            is_timeout_stated: false,
            threads: 32,
        };
        let worst_case = (Scheduling::get().stated_worst_case)(
            &DECLARED,
            &waiting,
            &Table::new(),
            bounds,
            &mut Interrupt::new(&mut || true),
        );
        assert_eq!(worst_case, Duration::from_secs(3), "one runs beside the other");
    }

    /// Types that have a field of it derive both traits.
    #[test]
    fn it_is_equal_to_itself_and_has_a_name() {
        assert_eq!(Scheduling::get(), Scheduling::get());
        assert_eq!(format!("{:?}", Scheduling::get()), "Scheduling");
    }
}
