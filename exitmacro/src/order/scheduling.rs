//! The pointers to the schedule. Only handlers with edges and concurrent handlers lead here, so
//! that other programs do not contain it.

use crate::config::Bounds;
use crate::handler::declared::Declared;
use crate::handler::ordered_by::OrderedBy;
use crate::handler::{Queued, Rank};
use crate::order::cycle::{Cycle, take_cycles};
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::order::next::Next;
use crate::order::schedule::Schedule;
use crate::registry::Table;
use core::time::Duration;

/// A schedule as the run sees it, without a dependency on [`Schedule`].
pub(crate) trait Scheduled: Send {
    fn start(&mut self) -> Next<u32>;
    fn rank(&self, number: u32) -> Rank;
    fn finish(&mut self, number: u32);
    fn may_start_more(&mut self) -> bool;
    fn has_left(&self) -> bool;
    /// The ranks of the declared handlers that have not started.
    fn declared_left(&self) -> Vec<Rank>;
    /// How many these are.
    fn count_declared_left(&self) -> usize;
    /// Which handler waits for which, by number: the awaited one first. At most so many.
    fn edges(&self, most: usize) -> Vec<(u32, u32)>;
    /// Takes in what was registered and unregistered since.
    fn take_in(&mut self, declared: &[Declared], table: &mut Table);
    /// Keeps the cycles that were found since the last call, by names that the table may lose, for
    /// the next line.
    fn keep_cycles(&mut self, declared: &[Declared], table: &Table);
    /// Whether there are cycles for the next line.
    fn has_kept_cycles(&self) -> bool;
    /// The line on stderr about the cycles that were kept since the last one, if there are any.
    fn line_of_cycles(&mut self) -> Option<String>;
}

/// A schedule, and the cycles in it that are still to be printed.
struct ScheduleOfRun {
    schedule: Box<Schedule>,
    cycles: Vec<Cycle>,
}

impl Scheduled for ScheduleOfRun {
    fn start(&mut self) -> Next<u32> {
        self.schedule.start()
    }

    fn rank(&self, number: u32) -> Rank {
        self.schedule.rank(number)
    }

    fn finish(&mut self, number: u32) {
        self.schedule.finish(number);
    }

    fn may_start_more(&mut self) -> bool {
        self.schedule.may_start_more()
    }

    fn has_left(&self) -> bool {
        self.schedule.has_left()
    }

    fn declared_left(&self) -> Vec<Rank> {
        self.schedule.left().filter(|rank| rank.is_declared()).collect()
    }

    fn count_declared_left(&self) -> usize {
        self.schedule.left().filter(|rank| rank.is_declared()).count()
    }

    fn edges(&self, most: usize) -> Vec<(u32, u32)> {
        self.schedule.edges(most)
    }

    fn take_in(&mut self, declared: &[Declared], table: &mut Table) {
        while let Some(rank) = table.next_latecomer() {
            // Without memory for its edges, the latecomer has none.
            _ = self.schedule.admit(rank, declared, table);
        }
        while let Some(id) = table.next_gone() {
            self.schedule.note_gone(id);
        }
    }

    fn keep_cycles(&mut self, declared: &[Declared], table: &Table) {
        self.cycles.extend(take_cycles(&mut self.schedule, declared, table));
    }

    fn has_kept_cycles(&self) -> bool {
        !self.cycles.is_empty()
    }

    fn line_of_cycles(&mut self) -> Option<String> {
        let cycles = core::mem::take(&mut self.cycles);
        (!cycles.is_empty()).then(|| line_of(&cycles))
    }
}

/// The line on stderr about these cycles.
pub(crate) fn line_of(cycles: &[Cycle]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = cycles.iter().take(SHOWN).map(described).collect();
    let more = cycles.len().saturating_sub(SHOWN);
    let more =
        if more == 0 { String::new() } else { format!("; and {more} more, see `plan().cycles()`") };
    let subject = if cycles.len() == 1 { "ordering cycle" } else { "ordering cycles" };
    format!("{subject}: {}{more}", shown.join("; "))
}

fn described(cycle: &Cycle) -> String {
    let first = cycle.names().next().unwrap_or_default();
    format!("{cycle} (`{first}` runs first)")
}

pub(crate) type Made = Result<Box<dyn Scheduled>, Unplanned>;

/// The schedule, as the run sees it.
pub(crate) fn of_run(schedule: Box<Schedule>) -> Box<dyn Scheduled> {
    Box::new(ScheduleOfRun { schedule, cycles: Vec::new() })
}

/// The pointers.
pub(crate) struct Scheduling {
    /// Makes the schedule of these handlers, which are sorted.
    pub(crate) of: fn(&[Declared], &[Queued], &Table, &mut Interrupt) -> Made,
    /// Makes the schedule of the declared handlers among these and of all in the table.
    pub(crate) of_left: fn(&[Declared], &[Queued], &Table, &mut Interrupt) -> Made,
    /// How long a run takes at worst by the configured timeouts. Told whether the declared handlers
    /// belong to this process.
    pub(crate) stated_worst_case: fn(&[Declared], bool, &Table, Bounds, &mut Interrupt) -> Duration,
}

impl Scheduling {
    /// The pointers, if these handlers need a schedule. In a forked child, handlers of the parent
    /// count as well.
    pub(crate) fn asked_for_by(declared: &[Declared], table: &Table) -> Option<&'static Self> {
        Self::behind(
            table
                .ordered_by()
                .or_else(|| declared.iter().find_map(|handler| handler.options.ordered_by)),
        )
    }

    /// The pointers that the pointer of a handler leads to.
    pub(crate) fn behind(ordered_by: Option<OrderedBy>) -> Option<&'static Self> {
        ordered_by?.get()
    }
}
