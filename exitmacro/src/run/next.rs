//! Which handler is next, and what else is to be done.

use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::order::interrupt::Interrupt;
use crate::order::next::Next;
use crate::registry::Table;
use crate::report::SkipReason;
use crate::report::line::Line;
use crate::report::words::End;
use crate::run::active::Worker;
use crate::run::filter;
use crate::run::invocation::Dequeued;
use crate::run::state::{Phase, Run};
use crate::run::step::{Delivery, Step};
use core::time::Duration;

impl Run {
    /// Takes the next handler off the table, if it may run concurrently with those that are
    /// running.
    pub(super) fn next(
        &mut self,
        now: Moment,
        table: &mut Table,
        worker: Worker,
        line: &mut Line,
    ) -> Step {
        if self.phase != Phase::Running || self.out_of_budget {
            return Step::End;
        }
        if self.has_order_to_report() && self.report_order(line) {
            return Step::Print;
        }
        if self.printing > 0 || self.active.len() >= self.threads() || !self.active.reserve() {
            return Step::Wait;
        }
        #[cfg(events)]
        if let Some(step) = self.next_event(now, table, worker, line) {
            return step;
        }
        let dequeued = match self.dequeue(now, table) {
            Next::Run(dequeued) => {
                self.flushed = false;
                if let Some(reason) = self.why_skipped(&dequeued) {
                    self.skip(dequeued, reason, now, table, line);
                    return Step::Print;
                }
                dequeued
            }
            Next::Wait => return Step::Wait,
            Next::Done => match self.after_the_last(now, table, worker, line) {
                Ok(flush) => flush,
                Err(step) => return step,
            },
        };
        self.invoke(dequeued, now, table, worker)
    }

    /// What is left when no handler waits: the flush, or another step.
    fn after_the_last(
        &mut self,
        now: Moment,
        table: &mut Table,
        worker: Worker,
        line: &mut Line,
    ) -> Result<Dequeued, Step> {
        if !self.active.is_empty() || self.is_delivering {
            return Err(Step::Wait);
        }
        if self.report_unmatched(line) || self.report_totals(now, line) {
            return Err(Step::Print);
        }
        if let Some(message) = self.take_termination_message() {
            return Err(Step::Deliver(Delivery::Message(message)));
        }
        #[cfg(events)]
        if let Some(step) = self.summary_event(now, table, worker, line) {
            return Err(step);
        }
        if let Some(step) = self.next_delivery() {
            return Err(step);
        }
        if !self.flushed && self.may_flush() {
            self.flushed = true;
            if self.depart(worker, now, table) {
                return Err(Step::End);
            }
            // The caller flushes: if it holds the lock of stdout itself, it can take the lock
            // twice.
            let timeout =
                self.terms.as_ref().map_or(Duration::ZERO, |terms| terms.config.flush_timeout());
            return Ok(Dequeued::flush(timeout));
        }
        self.end(table);
        Err(Step::End)
    }

    /// Who else gets the report of a run whose handlers have ended, one at a time.
    fn next_delivery(&mut self) -> Option<Step> {
        if core::mem::take(&mut self.report_is_due) {
            self.is_delivering = true;
            return Some(Step::Deliver(Delivery::Report));
        }
        // In a shared object that is closed, and without memory, no thread is started for it.
        #[cfg(feature = "picture")]
        if let Some(terms) = self.terms.as_mut().filter(|terms| !terms.inline)
            && let Some(file) = terms.config.picture.take()
        {
            self.is_delivering = true;
            return Some(Step::Deliver(Delivery::Picture(file)));
        }
        None
    }

    /// How many handlers may run at the same time.
    fn threads(&self) -> usize {
        self.terms.as_ref().map_or(1, |terms| {
            if terms.inline { 1 } else { terms.config.bounds.threads.min(self.runners.capacity()) }
        })
    }

    /// Whether one more runner would find a handler to start.
    pub(super) fn has_work_for_another(&mut self) -> bool {
        self.phase == Phase::Running
            && !self.out_of_budget
            && self.printing == 0
            && self.active.len() < self.threads()
            && self.order.may_start_more()
    }

    fn has_order_to_report(&self) -> bool {
        self.unplanned.is_some() || self.order.has_kept_cycles()
    }

    /// Puts the line about the order into `line`, once: that it is not kept, or which handlers wait
    /// for each other. `false` when there is no such line.
    fn report_order(&mut self, line: &mut Line) -> bool {
        if let Some(unplanned) = self.unplanned.take() {
            line.set(format_args!("{unplanned}"));
            return true;
        }
        let Some(cycles) = self.order.line_of_cycles() else { return false };
        line.set(format_args!("{cycles}"));
        true
    }

    /// Puts the next pattern of `EXITMACRO_SKIP` that matches no handler into `line`. `false` when
    /// there is none.
    #[inline(never)]
    fn report_unmatched(&mut self, line: &mut Line) -> bool {
        let log = &self.log;
        let unmatched = filter::next_unmatched(&mut self.patterns, || {
            log.iter().map(|record| record.subject.name())
        });
        if let Some(pattern) = unmatched {
            line.set(format_args!("EXITMACRO_SKIP: `{pattern}` matches no handler of this run"));
        }
        unmatched.is_some()
    }

    /// Without a supervisor, a thread that holds the lock of stdout would block the end of the
    /// process. When a shared object is unloaded, no other thread is left.
    fn may_flush(&self) -> bool {
        self.terms.as_ref().is_some_and(|terms| !terms.inline || terms.reason == ExitReason::Unload)
    }

    fn dequeue(&mut self, now: Moment, table: &mut Table) -> Next<Dequeued> {
        let Some(terms) = self.terms.as_ref() else { return Next::Done };
        let (clock, default) = (terms.clock, terms.config.bounds.timeout);
        if self.order.has_news(table) {
            let end = self.planning_end(now);
            let unplanned = self.order.take_in(
                self.declared,
                table,
                &mut self.lanes.earlier,
                &mut Interrupt::at(end, clock),
            );
            self.unplanned = self.unplanned.or(unplanned);
        }
        loop {
            let is_busy = !self.active.is_empty();
            let place = match self.order.next(self.declared, table, is_busy) {
                Next::Run(place) => place,
                Next::Wait => return Next::Wait,
                Next::Done => return Next::Done,
            };
            // While the table still has its name: a latecomer may have closed a cycle.
            self.order.keep_cycles(self.declared, table);
            if place.rank.is_declared() {
                if let Some(handler) = self.declared.get(place.rank.index as usize) {
                    return Next::Run(Dequeued::declared(place, handler, default));
                }
            } else if let Some((label, action)) = table.take(place.rank) {
                return Next::Run(Dequeued::registered(place, label, action, default));
            }
            self.order.finish(place);
        }
    }

    /// Takes one of the remaining handlers off the table without running it. To be called when the
    /// budget is spent, until the run has finished.
    pub(super) fn skip_one(&mut self, now: Moment, table: &mut Table, line: &mut Line) -> Step {
        self.out_of_budget = true;
        if self.report_order(line) {
            return Step::Print;
        }
        let running = self.active.iter().next().map(|current| current.number);
        if let Some(number) = running {
            self.abandon(number, End::Abandoned, now, table, line);
            return Step::Print;
        }
        #[cfg(events)]
        if let Some(step) = self.line_of_event(line) {
            return step;
        }
        let Next::Run(dequeued) = self.dequeue(now, table) else {
            if self.is_delivering {
                return Step::Wait;
            }
            if self.report_unmatched(line) || self.report_totals(now, line) {
                return Step::Print;
            }
            #[cfg(events)]
            if let Some(step) = self.last_events(now) {
                return step;
            }
            if let Some(message) = self.take_termination_message() {
                return Step::Deliver(Delivery::Message(message));
            }
            if let Some(step) = self.next_delivery() {
                return step;
            }
            self.end(table);
            return Step::End;
        };
        self.skip(dequeued, SkipReason::Budget, now, table, line);
        Step::Print
    }
}
