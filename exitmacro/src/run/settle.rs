//! Ends an invocation: the handler has finished, is abandoned, or never returns.

use crate::awaited;
use crate::handler::clock::Moment;
use crate::handler::id::HandlerId;
use crate::registry::Table;
use crate::report::line::Line;
use crate::report::words::End;
use crate::report::{Limit, Outcome, SkipReason};
use crate::run::active::{Current, Worker};
use crate::run::invocation::flush_line;
use crate::run::log::{Exceeded, Record};
use crate::run::state::{Abandoned, Leased, Run};
use crate::sys::{self, ThreadKey};
use core::time::Duration;

/// What happens to the process when an abandoned handler has called std's `exit`.
const STD_IS_LOCKED: &str = "If that was `std::process::exit`, std stops every other thread \
                             that calls it or returns from a plain `main`; \
                             `exitmacro::exit` and `#[exitmacro::main]` still end the process";

/// A handler that has finished.
pub(super) struct Finished {
    pub(super) number: u64,
    pub(super) id: Option<HandlerId>,
    pub(super) outcome: Outcome,
}

impl Run {
    /// Ends the invocation, and puts the line for stderr into `line`. `false` when the invocation
    /// has ended before: the handler was abandoned.
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

    /// Ends the invocation, and returns the worker that executed it.
    #[inline]
    fn finish(
        &mut self,
        number: u64,
        outcome: Outcome,
        end: End,
        now: Moment,
        line: &mut Line,
    ) -> Option<Worker> {
        let current = self.active.get_mut(number)?;
        let (place, worker, subject) = (current.place, current.worker, current.subject.take());
        let Current { deadline, started, limit, .. } = *current;
        self.active.forget(number);
        self.leased = Leased::NOTHING;
        if let Some(place) = place {
            self.order.finish(place);
        }
        let Some(subject) = subject else {
            #[cfg(events)]
            if self.sent(number, &outcome, limit, line) {
                return Some(worker);
            }
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
        let exceeded = (outcome == Outcome::TimedOut && end != End::Parked).then(|| Exceeded {
            limit,
            awaited: if end.is_abandoned() { awaited::by(worker.thread) } else { None },
        });
        self.log(
            Record {
                subject,
                outcome,
                started,
                ended: now,
                thread: Some(worker.on),
                runner: worker.runner.unwrap_or(0),
                number: place.and_then(|place| place.number),
            },
            exceeded,
            end,
            is_told_as_late,
            line,
        );
        Some(worker)
    }

    #[inline]
    pub(super) fn log(
        &mut self,
        record: Record,
        exceeded: Option<Exceeded>,
        end: End,
        is_told: bool,
        line: &mut Line,
    ) {
        // A handler that was skipped for an unknown status shows no failure of the process.
        self.has_failures |= record.outcome.is_failure()
            && record.outcome != Outcome::Skipped(SkipReason::UnknownStatus);
        self.has_timed_out |= record.outcome == Outcome::TimedOut;
        let is_printed = is_told || self.is_printed(&record.outcome);
        let shown = self.shown_limit(&record.outcome, exceeded.as_ref());
        #[cfg(events)]
        let is_printed = self.enqueue(&record, shown.as_ref(), end, is_printed);
        if is_printed {
            line.set_outcome(record.as_logged().report(self.started, shown.as_ref()), end);
        }
        self.keep(record, exceeded);
    }

    /// What the line names as the limit: for a handler that did not run for want of time, the
    /// budget.
    fn shown_limit(&self, outcome: &Outcome, exceeded: Option<&Exceeded>) -> Option<Exceeded> {
        match &self.terms {
            Some(terms) if *outcome == Outcome::Skipped(SkipReason::Budget) => {
                let budget = terms.config.bounds.budget;
                Some(Limit::Budget { left: Duration::ZERO, budget }.into())
            }
            _ => exceeded.cloned(),
        }
    }

    /// Without memory the report is shorter.
    #[inline]
    pub(super) fn keep(&mut self, record: Record, exceeded: Option<Exceeded>) {
        if let Some(exceeded) = exceeded {
            if !self.log.reserve_one() || self.limits.try_reserve(1).is_err() {
                return;
            }
            sys::push_reserved(&mut self.limits, (self.log.len(), exceeded));
        }
        self.log.push(record);
    }

    fn is_printed(&self, outcome: &Outcome) -> bool {
        !outcome.is_quiet() || self.is_traced()
    }

    /// Abandons the handler of this invocation, or skips it if the run handed it over to the caller
    /// and the caller has not begun it; `false` when it has just ended.
    pub(super) fn abandon(
        &mut self,
        number: u64,
        end: End,
        now: Moment,
        table: &mut Table,
        line: &mut Line,
    ) -> bool {
        let Some(current) = self.active.get(number) else { return false };
        let slot = current.slot;
        if let (Some(_), Some(invocation)) = (&current.subject, &current.handed_over) {
            if let Some(id) = invocation.id {
                table.ended(id);
            }
            let skipped = Outcome::Skipped(SkipReason::Budget);
            return self.finish(number, skipped, End::OfItself, now, line).is_some();
        }
        // A handler that reads another number here has been abandoned.
        if !self.end_invocation(slot, number) {
            return false;
        }
        let records = self.log.len();
        let Some(worker) = self.finish(number, Outcome::TimedOut, end, now, line) else {
            return false;
        };
        if self.abandoned.try_reserve(1).is_ok() {
            let has_record = self.log.len() > records;
            let record = has_record.then_some(records);
            let abandoned = Abandoned { thread: worker.thread, record };
            sys::push_reserved(&mut self.abandoned, abandoned);
        }
        self.runners.forget(worker.runner);
        true
    }

    /// Ends the invocation of a handler that never returns, and forgets its runner.
    pub(super) fn end_without_return(
        &mut self,
        number: u64,
        outcome: Outcome,
        now: Moment,
        line: &mut Line,
    ) {
        if let Some(worker) = self.finish(number, outcome, End::OfItself, now, line) {
            self.runners.forget(worker.runner);
        }
    }

    /// Puts into `line` that an abandoned handler asked for the end of the process on `thread`,
    /// which stops there.
    pub(super) fn report_held(&self, thread: ThreadKey, line: &mut Line) {
        let name = self.abandoned_name(thread).unwrap_or_default();
        line.set(format_args!(
            "handler `{name}` called `exit` after it was abandoned: \
             its thread was stopped, and the process continues. {STD_IS_LOCKED}"
        ));
    }
}
