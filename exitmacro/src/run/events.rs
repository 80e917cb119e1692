//! Where the run meets the [events](crate::run::reporting) that `report_to` asks for. A program
//! without `report_to` has these methods and nothing behind them.

use crate::handler::clock::Moment;
use crate::registry::Table;
use crate::report::line::Line;
use crate::report::words::End;
use crate::report::{Limit, Outcome};
use crate::run::active::Worker;
use crate::run::log::{Exceeded, Record};
use crate::run::state::Run;
use crate::run::step::Step;
use crate::sys::StaticRef;

/// What a run does that reports. Pointers, which only a sink leads to.
#[derive(Clone, Copy)]
pub(super) struct Reporting {
    /// Notes what became of a handler. Whether stderr is to have a line.
    pub(super) enqueue: fn(&mut Run, &Record, Option<&Exceeded>, End, bool) -> bool,
    /// An invocation has ended. `false` when it sent no event.
    pub(super) ended: fn(&mut Run, u64, &Outcome, Limit, &mut Line) -> bool,
    pub(super) next: Send,
    pub(super) summary: Send,
    /// The next line in place of an event.
    pub(super) print: fn(&mut Run, &mut Line) -> Option<Step>,
    /// What is left when the budget is used up.
    pub(super) last: fn(&mut Run, Moment) -> Option<Step>,
}

type Send = fn(&mut Run, Moment, &Table, Worker, &mut Line) -> Option<Step>;

/// Set by the first run that reports.
pub(super) static REPORTING: StaticRef<Reporting> = StaticRef::new();

impl Run {
    /// Makes an event of what became of a handler. `is_said` is whether stderr has a line about it
    /// without `report_to`; returns whether it has one.
    #[inline]
    pub(super) fn enqueue(
        &mut self,
        record: &Record,
        exceeded: Option<&Exceeded>,
        end: End,
        is_said: bool,
    ) -> bool {
        match REPORTING.get() {
            Some(reporting) => (reporting.enqueue)(self, record, exceeded, end, is_said),
            None => is_said,
        }
    }

    /// The invocation of this number is over. `false` when it sent no event.
    pub(super) fn sent(
        &mut self,
        number: u64,
        outcome: &Outcome,
        limit: Limit,
        line: &mut Line,
    ) -> bool {
        REPORTING
            .get()
            .is_some_and(|reporting| (reporting.ended)(self, number, outcome, limit, line))
    }

    /// Sends the next event, or has `line` take its place.
    #[inline]
    pub(super) fn next_event(
        &mut self,
        now: Moment,
        table: &Table,
        worker: Worker,
        line: &mut Line,
    ) -> Option<Step> {
        REPORTING.get().and_then(|reporting| (reporting.next)(self, now, table, worker, line))
    }

    /// Sends the summary of the run, once.
    pub(super) fn summary_event(
        &mut self,
        now: Moment,
        table: &Table,
        worker: Worker,
        line: &mut Line,
    ) -> Option<Step> {
        REPORTING.get().and_then(|reporting| (reporting.summary)(self, now, table, worker, line))
    }

    /// The next line in place of an event, when no sink takes events any more.
    pub(super) fn line_of_event(&mut self, line: &mut Line) -> Option<Step> {
        REPORTING.get().and_then(|reporting| (reporting.print)(self, line))
    }

    /// Sends what is left when the budget is used up, all at once.
    pub(super) fn last_events(&mut self, now: Moment) -> Option<Step> {
        REPORTING.get().and_then(|reporting| (reporting.last)(self, now))
    }

    /// Whether the invocation of this number sends an event.
    #[cfg(any(test, feature = "signals"))]
    pub(super) fn is_sending(&self, number: u64) -> bool {
        self.events.sending.as_ref().is_some_and(|&(sending, _)| sending == number)
    }
}
