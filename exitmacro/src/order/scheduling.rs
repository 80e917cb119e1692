//! The pointers to the schedule. Only handlers with edges and concurrent handlers lead here, so
//! that other programs do not contain it.

use crate::config::Bounds;
use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::handler::ordered_by::OrderedBy;
use crate::order::cycle::{Cycle, take_cycles};
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::order::next::Next;
use crate::order::schedule::Schedule;
use crate::registry::Table;
use core::time::Duration;

/// A [`Schedule`] as the run sees it, without a dependency on it.
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
    /// The cycles that were found since the last call.
    fn take_cycles(&mut self, declared: &[Declared], table: &Table) -> Vec<Cycle>;
    /// The line on stderr about them.
    fn line_of_cycles(&self, cycles: &[Cycle]) -> String;
}

impl Scheduled for Schedule {
    fn start(&mut self) -> Next<u32> {
        Self::start(self)
    }

    fn rank(&self, number: u32) -> Rank {
        Self::rank(self, number)
    }

    fn finish(&mut self, number: u32) {
        Self::finish(self, number);
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

    fn count_declared_left(&self) -> usize {
        self.left().filter(|rank| rank.is_declared()).count()
    }

    fn edges(&self, most: usize) -> Vec<(u32, u32)> {
        Self::edges(self, most)
    }

    fn take_in(&mut self, declared: &[Declared], table: &mut Table) {
        while let Some(rank) = table.next_latecomer() {
            // Without memory for its edges, the latecomer has none.
            _ = self.admit(rank, declared, table);
        }
        while let Some(id) = table.next_gone() {
            self.note_gone(id);
        }
    }

    fn take_cycles(&mut self, declared: &[Declared], table: &Table) -> Vec<Cycle> {
        take_cycles(self, declared, table)
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

pub(crate) type Made = Result<Box<dyn Scheduled>, Unplanned>;

/// The pointers.
pub(crate) struct Scheduling {
    /// Makes the schedule of these handlers, which are sorted by rank.
    pub(crate) of: fn(&[Declared], &[Rank], &Table, &mut Interrupt<'_>) -> Made,
    /// How long a run takes at worst by the configured timeouts.
    pub(crate) stated_worst_case:
        fn(&[Declared], &[Rank], &Table, Bounds, &mut Interrupt<'_>) -> Duration,
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
