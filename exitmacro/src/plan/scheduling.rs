//! Ordering by edges and concurrent handlers, behind pointers: only code that asks for it leads
//! here, so that other programs do not contain it.

use crate::config::Bounds;
use crate::handler::declared::Declared;
use crate::handler::edge::Key;
use crate::handler::ordered_by::OrderedBy;
use crate::handler::{Queued, Rank};
use crate::order::interrupt::Interrupt;
use crate::order::schedule::Schedule;
use crate::order::scheduling::{Made, Scheduling, of_run};
use crate::order::sort::{declared_rank, declared_ranks, ranks, sorted};
use crate::plan::Plan;
use crate::registry::Table;
use core::time::Duration;

/// For what asks for `after`, `before` or `concurrent`.
pub(crate) const ORDERED: Option<OrderedBy> = Some(OrderedBy::new(&SCHEDULING));

static SCHEDULING: Scheduling = Scheduling { of, of_left, stated_worst_case };

fn of(declared: &[Declared], queue: &[Queued], table: &Table, interrupt: &mut Interrupt) -> Made {
    let ranks = ranks(declared, queue, table)?;
    Ok(of_run(Schedule::of(declared, &ranks, table, interrupt)?))
}

fn of_left(
    declared: &[Declared],
    left: &[Queued],
    table: &Table,
    interrupt: &mut Interrupt,
) -> Made {
    let left = left.iter().filter(|handler| handler.is_declared());
    let waiting = left.filter_map(|&handler| declared_rank(declared, handler));
    let ranks = sorted(declared, waiting, table)?;
    Ok(of_run(Schedule::of(declared, &ranks, table, interrupt)?))
}

fn stated_worst_case(
    declared: &[Declared],
    owned: bool,
    table: &Table,
    bounds: Bounds,
    interrupt: &mut Interrupt,
) -> Duration {
    let waiting: Vec<Rank> = declared_ranks(declared, owned).collect();
    Plan::of(declared, &waiting, table, bounds, interrupt).stated_worst_case()
}

impl Declared {
    /// `after(…)`
    #[must_use]
    pub const fn after(mut self, others: &'static [Key]) -> Self {
        self.edges.after = others;
        self.options.ordered_by = ORDERED;
        self
    }

    /// `before(…)`
    #[must_use]
    pub const fn before(mut self, others: &'static [Key]) -> Self {
        self.edges.before = others;
        self.options.ordered_by = ORDERED;
        self
    }

    /// `concurrent`
    #[must_use]
    pub const fn concurrent(mut self) -> Self {
        self.options.concurrent = true;
        self.options.ordered_by = ORDERED;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::edge::Key;
    use crate::order::cycle::Cycle;
    use crate::order::next::Next;
    use crate::order::scheduling::{Scheduled, line_of};
    use crate::order::sort::sorted_queue;
    use crate::registry::tests::place_in;

    const fn handler(name: &'static str, line: u32) -> Declared {
        Declared::new(name, "app", "a.rs", line, 1, |_| Ok(()))
    }

    fn scheduled(declared: &[Declared], table: &Table) -> Box<dyn Scheduled> {
        let queue = sorted_queue(declared, declared_ranks(declared, true), Some(table))
            .expect("there is memory");
        (SCHEDULING.of)(declared, &queue, table, &mut Interrupt::never())
            .expect("there is memory and time")
    }

    fn start(schedule: &mut dyn Scheduled) -> u32 {
        let Next::Run(number) = schedule.start() else { panic!("one can start") };
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
        schedule.finish(registered);
        for (name, behind) in [("a", &["b"][..]), ("b", &[])] {
            let number = start(&mut *schedule);
            assert_eq!(DECLARED[schedule.rank(number).index as usize].name(), name);
            assert_eq!(
                (left(&*schedule), schedule.has_left()),
                (behind.to_vec(), !behind.is_empty())
            );
            schedule.finish(number);
        }
        assert_eq!(schedule.start(), Next::Done);
    }

    #[test]
    fn cycles_are_reported_once() {
        let mut table = Table::new();
        let id = place_in(&mut table, 0, false, Vec::new(), Vec::new());
        place_in(&mut table, 0, false, vec![Key::Id(id)], vec![Key::Id(id)]);
        let mut schedule = scheduled(&[], &table);
        assert!(!schedule.has_kept_cycles() && schedule.line_of_cycles().is_none());
        schedule.keep_cycles(&[], &table);
        assert!(schedule.has_kept_cycles());
        assert_eq!(
            schedule.line_of_cycles().map(|line| line.matches(" runs first").count()),
            Some(1)
        );
        schedule.keep_cycles(&[], &table);
        assert!(!schedule.has_kept_cycles() && schedule.line_of_cycles().is_none());
    }

    #[test]
    fn a_line_names_three_cycles_and_counts_the_others() {
        let cycles = ["a", "b", "c", "d", "e"].map(|name| Cycle::named([name, "z"]));
        let line = |count: usize| line_of(&cycles[..count]);
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
        let bounds = Bounds {
            budget: Duration::ZERO,
            timeout: Duration::from_secs(10),
            is_timeout_stated: false,
            threads: 32,
        };
        let worst_case = (SCHEDULING.stated_worst_case)(
            &DECLARED,
            true,
            &Table::new(),
            bounds,
            &mut Interrupt::never(),
        );
        assert_eq!(worst_case, Duration::from_secs(3), "one runs beside the other");
    }
}
