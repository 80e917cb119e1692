//! What becomes of a handler that was executing: it ended, is abandoned, or leaves for good.

use crate::handler::clock::Moment;
use crate::handler::id::HandlerId;
use crate::registry::Table;
use crate::report::line::Line;
use crate::report::words::End;
use crate::report::{Limit, Outcome, SkipReason};
use crate::run::active::{Current, Worker};
use crate::run::invocation::flush_line;
use crate::run::log::Record;
use crate::run::state::{Abandoned, Leased, Run};
use crate::sys::{self, ThreadKey};

/// What becomes of the process when a late handler has called std's exit.
const STD_IS_LOCKED: &str = "If that was `std::process::exit`, std stops every other thread that calls it or returns from a plain `main`; \
                             `exitmacro::exit` and `#[exitmacro::main]` still end the process";

/// A handler that ended.
pub(super) struct Finished {
    pub(super) number: u64,
    pub(super) id: Option<HandlerId>,
    pub(super) outcome: Outcome,
}

impl Run {
    /// Ends the turn, and says in `line` what stderr should hear of it. `false` when that turn is
    /// over already: the handler was abandoned.
    pub(super) fn settle(
        &mut self,
        finished: Finished,
        now: Moment,
        table: &mut Table,
        line: &mut Line,
    ) -> bool {
        if let Some(id) = finished.id {
            table.ended(id);
        }
        if self.finish(finished.number, finished.outcome, End::OfItself, now, line).is_some() {
            return true;
        }
        let thread = sys::thread_key();
        self.abandoned.retain(|abandoned| abandoned.thread != thread);
        false
    }

    /// The handler of this turn is over. The worker that was at it.
    #[inline]
    fn finish(
        &mut self,
        number: u64,
        outcome: Outcome,
        end: End,
        now: Moment,
        line: &mut Line,
    ) -> Option<Worker> {
        let current = self.active.turn_mut(number)?;
        let (place, worker, subject) = (current.place, current.worker, current.subject.take());
        let Current { deadline, started, limit, .. } = *current;
        self.active.forget(number);
        self.leased = Leased::NOTHING;
        if let Some(place) = place {
            self.order.over(place);
        }
        let Some(subject) = subject else {
            if self.terms.as_ref().is_none_or(|terms| !terms.config.stdout_may_be_locked) {
                flush_line(&outcome, limit, line);
            }
            return Some(worker);
        };
        let unsupervised = self.terms.as_ref().is_some_and(|terms| terms.inline);
        let late = unsupervised && deadline < now && outcome == Outcome::Completed;
        let (outcome, end) = if late { (Outcome::TimedOut, End::Late) } else { (outcome, end) };
        let is_told_as_late = self.is_told_as_late(started, deadline, now);
        // One that std has parked is found before its time has expired.
        let limit = (outcome == Outcome::TimedOut && end != End::Parked).then_some(limit);
        let record = Record { subject, outcome, started, ended: now, thread: Some(worker.on) };
        self.log(record, limit, end, is_told_as_late, line);
        Some(worker)
    }

    #[inline]
    pub(super) fn log(
        &mut self,
        record: Record,
        limit: Option<Limit>,
        end: End,
        is_told: bool,
        line: &mut Line,
    ) {
        self.has_failures |= record.outcome.is_failure();
        self.has_timed_out |= record.outcome == Outcome::TimedOut;
        if is_told || self.is_said(&record.outcome) {
            line.set_outcome(record.report(self.started, limit), end);
        }
        self.keep(record, limit);
    }

    /// Without memory the report is shorter.
    #[inline]
    pub(super) fn keep(&mut self, record: Record, limit: Option<Limit>) {
        if let Some(limit) = limit {
            if !self.log.reserve_one() || self.limits.try_reserve(1).is_err() {
                return;
            }
            self.limits.push((self.log.len(), limit));
        }
        self.log.push(record);
    }

    fn is_said(&self, outcome: &Outcome) -> bool {
        !outcome.is_quiet() || self.is_traced()
    }

    /// Abandons the handler of this turn; `false` when that has just ended.
    pub(super) fn abandon(&mut self, number: u64, end: End, now: Moment, line: &mut Line) -> bool {
        let Some(current) = self.active.turn(number) else { return false };
        let slot = current.slot;
        if current.is_handed_over() && current.subject.is_some() {
            // The caller did not come for it before the budget was used up.
            return self
                .finish(number, Outcome::Skipped(SkipReason::Budget), End::OfItself, now, line)
                .is_some();
        }
        // Whoever sees another turn number knows that it was abandoned.
        if !self.end_turn(slot, number) {
            return false;
        }
        let records = self.log.len();
        let Some(worker) = self.finish(number, Outcome::TimedOut, end, now, line) else {
            return false;
        };
        if self.abandoned.try_reserve(1).is_ok() {
            let has_record = self.log.len() > records;
            self.abandoned
                .push(Abandoned { thread: worker.thread, record: has_record.then_some(records) });
        }
        self.runners.forget(worker.runner);
        true
    }

    /// The handler of this turn did something that never returns to it, and its thread is lost with
    /// it.
    pub(super) fn leave(&mut self, number: u64, outcome: Outcome, now: Moment, line: &mut Line) {
        if let Some(worker) = self.finish(number, outcome, End::OfItself, now, line) {
            self.runners.forget(worker.runner);
        }
    }

    /// Says in `line` that an abandoned handler asked for the end of the process on `thread`, which
    /// stops there.
    pub(super) fn report_held(&self, thread: ThreadKey, line: &mut Line) {
        let name = self.abandoned_name(thread).unwrap_or_default();
        line.set(format_args!("handler `{name}` called `exit` after it was abandoned: its thread was stopped, and the process continues. {STD_IS_LOCKED}"));
    }
}
