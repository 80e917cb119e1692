//! The events that `report_to` asks for, from the outcome of a handler to `tracing` or `log`.
//!
//! One event is sent at a time, as if it were a handler: by a runner, without a lock, and under a
//! deadline that the supervisor keeps. Code of the program takes the events, and may hang or panic.
//! After that, and where no code takes them, stderr gets the lines that it has without `report_to`.

use crate::config::Sink;
use crate::handler::clock::Moment;
use crate::handler::priority::TELEMETRY;
use crate::registry::Table;
use crate::report::event::{Event, Summary};
use crate::report::line::Line;
use crate::report::totals::Totals;
use crate::report::words::End;
use crate::report::{Limit, Outcome};
use crate::run::active::Worker;
use crate::run::events::{REPORTING, Reporting};
use crate::run::invocation::Dequeued;
use crate::run::log::{Exceeded, Record};
use crate::run::sending::{Batch, deliver, goes_to_stderr};
use crate::run::state::Run;
use crate::run::step::{Delivery, Step};
use crate::text::duration::Size;
use crate::times::EVENT_TIMEOUT;
use core::time::Duration;
use std::sync::Arc;

/// Has the runs of this process report, from now on. Called by the pointer of a sink.
pub(super) fn prepare() {
    REPORTING.set(&Reporting {
        enqueue: Run::enqueue_event,
        ended: Run::event_ended,
        next: Run::send_next,
        summary: Run::send_summary,
        print: Run::print_next,
        last: Run::send_last,
    });
}

impl Run {
    /// What takes the events, if something does. Where no thread supervises, it could stop the end
    /// of the process.
    fn sink(&self) -> Option<Sink> {
        let terms = self.terms.as_ref().filter(|terms| !terms.inline && !self.events.is_off)?;
        terms.config.sink.filter(|_| !goes_to_stderr())
    }

    /// Makes an event of what became of a handler. `is_said` is whether stderr has a line about it
    /// without `report_to`; returns whether it has one.
    ///
    /// A handler of priority [`TELEMETRY`] may close what the events are written to, which cannot
    /// be noticed. So from then on, stderr has its lines as well.
    fn enqueue_event(
        &mut self,
        record: &Record,
        exceeded: Option<&Exceeded>,
        end: End,
        is_said: bool,
    ) -> bool {
        if self.sink().is_none() || self.events.waiting.try_reserve(1).is_err() {
            return is_said;
        }
        let handler = record.as_logged().report(self.started, exceeded);
        self.events.may_be_closed |= handler.priority <= TELEMETRY;
        let is_printed = is_said && (self.is_traced() || self.events.may_be_closed);
        self.events.waiting.push_back(Event::Handler { handler, end, is_printed });
        is_printed
    }

    /// Sends the next event, or has `line` take its place.
    fn send_next(
        &mut self,
        now: Moment,
        table: &Table,
        worker: Worker,
        line: &mut Line,
    ) -> Option<Step> {
        if self.events.waiting.is_empty() || self.events.sending.is_some() {
            return None;
        }
        let Some(sink) = self.sink() else { return self.next_line(line) };
        let event = Arc::new(self.events.waiting.pop_front()?);
        let its_own = Arc::clone(&event);
        let send = Box::new(move || (sink.send)(&its_own));
        let step = self.invoke(Dequeued::event(send, EVENT_TIMEOUT), now, table, worker);
        self.events.sending = Some((self.invocations, event));
        Some(step)
    }

    /// Puts the next event that stderr has not heard of into `line`.
    fn next_line(&mut self, line: &mut Line) -> Option<Step> {
        while let Some(event) = self.events.waiting.pop_front() {
            if event.say_instead(line) {
                return Some(Step::Print);
            }
        }
        None
    }

    /// Sends the summary, once.
    fn send_summary(
        &mut self,
        now: Moment,
        table: &Table,
        worker: Worker,
        line: &mut Line,
    ) -> Option<Step> {
        if self.sum_up(now) { self.send_next(now, table, worker, line) } else { None }
    }

    /// Adds the summary, once; `false` when that was done, or no sink takes it.
    fn sum_up(&mut self, now: Moment) -> bool {
        if self.events.has_summary
            || self.sink().is_none()
            || self.events.waiting.try_reserve(1).is_err()
        {
            return false;
        }
        self.events.has_summary = true;
        let summary = Summary {
            reason: self.reason(),
            status: self.status(),
            totals: Totals::of(self.log.iter().map(|record| record.outcome)),
            elapsed: now.since(self.started),
            budget: self.terms.as_ref().map_or(Duration::ZERO, |terms| terms.config.bounds.budget),
        };
        self.events.waiting.push_back(Event::Summary(summary));
        true
    }

    /// The invocation of this number is over. `false` when it sent no event.
    fn event_ended(
        &mut self,
        number: u64,
        outcome: &Outcome,
        limit: Limit,
        line: &mut Line,
    ) -> bool {
        let Some((_, event)) = self.events.sending.take_if(|&mut (sending, _)| sending == number)
        else {
            return false;
        };
        // Also when the program has asked for stderr meanwhile.
        let sink = self.terms.as_ref().and_then(|terms| terms.config.sink);
        let sink = sink.map_or("subscriber", |sink| sink.name);
        match outcome {
            Outcome::TimedOut => line.set(format_args!(
                "`{sink}` did not take an event within {}: the outcomes of handlers follow here",
                Size(limit.duration())
            )),
            Outcome::Panicked(message) => line.set(format_args!(
                "`{sink}` panicked at an event: {message}; the outcomes of handlers follow here"
            )),
            Outcome::Failed(_) => {
                event.say_instead(line);
                return true;
            }
            _ => return true,
        }
        self.events.is_off = true;
        self.events.waiting.push_front((*event).clone());
        true
    }

    /// The next line in place of an event, when no sink takes events any more.
    fn print_next(&mut self, line: &mut Line) -> Option<Step> {
        if self.sink().is_some() { None } else { self.next_line(line) }
    }

    /// What is left to send when the budget is used up, all at once.
    fn send_last(&mut self, now: Moment) -> Option<Step> {
        self.sum_up(now);
        let sink = self.sink()?;
        if self.events.waiting.is_empty() {
            return None;
        }
        let events = core::mem::take(&mut self.events.waiting).into();
        self.is_delivering = true;
        Some(Step::Deliver(Delivery::Events(Box::new(move || deliver(Batch { sink, events })))))
    }
}

#[cfg(test)]
#[path = "reporting_tests.rs"]
mod tests;
