//! Which handler is next, and what bounds its time.

use crate::config::TerminationMessage;
use crate::handler::When;
use crate::handler::clock::Moment;
use crate::handler::context::{self, ExitContext, ExitReason};
use crate::order::interrupt::Interrupt;
use crate::order::next::Next;
use crate::registry::Table;
use crate::report::line::Line;
use crate::report::words::End;
use crate::report::{HandlerThread, Limit, Outcome, SkipReason};
use crate::run::active::{Current, Worker};
use crate::run::filter;
use crate::run::invocation::{Dequeued, Invocation, Job};
use crate::run::log::{Record, Subject};
use crate::run::state::{Phase, Run};
use crate::times::ASYNC_DROP_TIMEOUT;
use core::time::Duration;

/// When less is left of the budget, a handler may have all of it: nobody could do much with a
/// tenth.
const LEAST_SHARED: Duration = Duration::from_millis(100);

/// What the thread that asked is to do.
pub(super) enum Step {
    Execute(Invocation),
    /// The exiting thread executes it; the runner keeps the clock meanwhile.
    HandedOver(u64),
    /// There is a line to print first.
    Print,
    /// Nothing may start before a handler that is running has finished.
    Wait,
    /// All handlers have run, some of them failed, and this file is to be told.
    LeaveMessage(TerminationMessage),
    /// The budget is used up.
    SkipTheRest,
    /// Nothing more.
    End,
}

impl Run {
    /// Takes the next handler off the table, if one may run beside those that are running.
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
        if self.active.len() >= self.threads() || !self.active.reserve() {
            return Step::Wait;
        }
        match self.take(now, table) {
            Next::Run(taken) => return self.take_up(taken, now, table, worker, line),
            Next::Wait => return Step::Wait,
            Next::Done if !self.active.is_empty() => return Step::Wait,
            Next::Done => {}
        }
        if self.report_unmatched(line) || self.report_totals(now, line) {
            return Step::Print;
        }
        if let Some(message) = self.take_termination_message() {
            return Step::LeaveMessage(message);
        }
        if !self.flushed && self.may_flush() {
            self.flushed = true;
            if self.depart(worker, now, table) {
                return Step::End;
            }
            // The caller flushes, because it may itself hold the lock of stdout, which it can take
            // twice.
            let patience = self.terms.map_or(Duration::ZERO, |terms| terms.config.flush_timeout());
            return self.turn(Dequeued::flush(patience), now, table, worker);
        }
        self.end(table);
        Step::End
    }

    /// How many handlers may run at the same time.
    fn threads(&self) -> usize {
        self.terms.as_ref().map_or(1, |terms| {
            if terms.inline { 1 } else { terms.config.bounds.threads.min(self.runners.limit()) }
        })
    }

    /// Whether one more runner would find something to do.
    pub(super) fn has_work_for_another(&mut self) -> bool {
        self.phase == Phase::Running
            && !self.out_of_budget
            && self.active.len() < self.threads()
            && self.order.may_start_more()
    }

    #[inline(always)]
    fn take_up(
        &mut self,
        taken: Dequeued,
        now: Moment,
        table: &mut Table,
        worker: Worker,
        line: &mut Line,
    ) -> Step {
        self.flushed = false;
        match self.why_skipped(&taken) {
            Some(reason) => {
                self.skip(taken, reason, now, table, line);
                Step::Print
            }
            None => self.turn(taken, now, table, worker),
        }
    }

    fn has_order_to_report(&self) -> bool {
        self.unplanned.is_some() || !self.unreported.is_empty()
    }

    /// Says what is wrong with the order that handlers ask for, once: that it is not kept, or which
    /// of them wait for each other. `false` when there is nothing to say.
    fn report_order(&mut self, line: &mut Line) -> bool {
        if let Some(unplanned) = self.unplanned.take() {
            line.set(format_args!("{unplanned}"));
            return true;
        }
        if self.unreported.is_empty() {
            return false;
        }
        if let Some(cycles) = self.order.line_of_cycles(&self.unreported) {
            line.set(format_args!("{cycles}"));
        }
        self.unreported.clear();
        true
    }

    /// Says in `line` which pattern of handlers to leave out is that of none, one at a time.
    /// `false` when there is no other.
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

    /// Where nobody supervises, another thread that holds the lock of stdout would stop the end of
    /// the process. In a shared object that is going away no other thread is left.
    fn may_flush(&self) -> bool {
        self.terms.is_some_and(|terms| !terms.inline || terms.reason == ExitReason::Unload)
    }

    fn take(&mut self, now: Moment, table: &mut Table) -> Next<Dequeued> {
        let Some(terms) = self.terms.as_ref() else { return Next::Done };
        let (clock, default) = (terms.clock, terms.config.bounds.timeout);
        if self.order.has_news(table) {
            let end = self.planning_end(now);
            let unplanned = self.order.take_in(
                self.declared,
                table,
                &mut Interrupt::new(&mut || clock() < end),
            );
            self.unplanned = self.unplanned.or(unplanned);
        }
        loop {
            let is_busy = !self.active.is_empty();
            let place = match self.order.next(table, is_busy) {
                Next::Run(place) => place,
                Next::Wait => return Next::Wait,
                Next::Done => return Next::Done,
            };
            // Before its name is gone: it may be one that closed a cycle when it came late.
            let cycles = self.order.take_cycles(self.declared, table);
            if !cycles.is_empty() {
                self.unreported.extend(cycles);
            }
            if place.rank.is_declared() {
                return Next::Run(Dequeued::declared(
                    place,
                    &self.declared[place.rank.index as usize],
                    default,
                ));
            }
            if let Some((id, entry)) = table.take(place.rank) {
                return Next::Run(Dequeued::registered(place, id, entry, default));
            }
            self.order.over(place);
        }
    }

    #[inline(always)]
    fn turn(&mut self, taken: Dequeued, now: Moment, table: &Table, worker: Worker) -> Step {
        let Dequeued { place, subject, id, job, limit: timeout, wants_caller, keeps_time, .. } =
            taken;
        self.turns += 1;
        let (number, slot) = (self.turns, self.free_slot());
        self.live.set_invocation(slot, number);
        let terms = self.terms.as_ref();
        let reason = terms.map_or(ExitReason::Requested, |terms| terms.reason);
        let timeout_end = now.plus(timeout);
        // Most handlers may take a small part of what is left, so that nothing else bounds them,
        // whatever waits.
        let is_short = timeout_end <= self.budget_end.without_tenth(now);
        let limit = if is_short {
            Limit::Timeout(timeout)
        } else {
            self.limit(timeout, keeps_time, now, table)
        };
        let deadline = if is_short { timeout_end } else { now.plus(limit.duration()) };
        // Where the whole budget is the limit, the end of the budget ends the handler.
        let own_end = if matches!(limit, Limit::Budget { .. }) { timeout_end } else { deadline };
        let context = ExitContext { reason, deadline, turn: number, slot, live: self.live };
        let turn = Invocation { number, id, job, context };
        let deadline = if keeps_time { own_end.plus(ASYNC_DROP_TIMEOUT) } else { own_end };
        let caller = terms
            .filter(|terms| {
                wants_caller
                    && !terms.awaited
                    && worker.on == HandlerThread::Runner
                    && !self.caller_lost
            })
            .map(|terms| terms.caller);
        let (worker, handed_over, step) = match caller {
            Some(caller) => (caller, Some(turn), Step::HandedOver(number)),
            None => (worker, None, Step::Execute(turn)),
        };
        self.active.push(Current {
            number,
            slot,
            deadline,
            started: now,
            worker,
            place,
            subject,
            limit,
            handed_over,
        });
        step
    }

    /// What bounds the time of a handler that starts now: its timeout, or what it may use of the
    /// budget. While others wait, it leaves them a tenth of that.
    fn limit(&self, timeout: Duration, keeps_time: bool, now: Moment, table: &Table) -> Limit {
        let left = if self.budget_end == Moment::NEVER {
            Duration::MAX
        } else {
            self.budget_end.since(now)
        };
        let is_shared = left >= LEAST_SHARED && self.order.has_left(table);
        let kept = if is_shared {
            left / 10
        } else if keeps_time {
            ASYNC_DROP_TIMEOUT.min(left / 10)
        } else {
            Duration::ZERO
        };
        let share = left - kept;
        if timeout <= share || left == Duration::MAX {
            Limit::Timeout(timeout)
        } else if kept.is_zero() {
            Limit::Budget {
                left,
                budget: self.terms.map_or(left, |terms| terms.config.bounds.budget),
            }
        } else {
            Limit::Share { share, left }
        }
    }

    fn free_slot(&self) -> usize {
        if self.active.is_empty() {
            return context::FIRST_SLOT;
        }
        let mut used = [false; context::SLOTS];
        self.active.iter().for_each(|current| used[current.slot] = true);
        used.iter().position(|used| !used).unwrap_or(0)
    }

    /// Takes one more of the remaining handlers off the table, without running it. To be called
    /// until it is over, when the budget is used up.
    pub(super) fn skip_one(&mut self, now: Moment, table: &mut Table, line: &mut Line) -> Step {
        self.out_of_budget = true;
        if self.report_order(line) {
            return Step::Print;
        }
        let running = self.active.iter().next().map(|current| current.number);
        if let Some(number) = running {
            self.abandon(number, End::Abandoned, now, line);
            return Step::Print;
        }
        let Next::Run(taken) = self.take(now, table) else {
            if self.report_unmatched(line) || self.report_totals(now, line) {
                return Step::Print;
            }
            if let Some(message) = self.take_termination_message() {
                return Step::LeaveMessage(message);
            }
            self.end(table);
            return Step::End;
        };
        self.skip(taken, SkipReason::Budget, now, table, line);
        Step::Print
    }

    fn why_skipped(&self, taken: &Dequeued) -> Option<SkipReason> {
        let terms = self.terms.as_ref()?;
        let name = || taken.subject.as_ref().map_or("", Subject::name);
        if terms.config.skip.is_some_and(|patterns| filter::is_asked_for(patterns, name())) {
            return Some(SkipReason::Environment);
        }
        if taken.when == When::Always {
            None
        } else {
            filter::why_skipped(taken.when, terms.reason, self.status())
        }
    }

    fn skip(
        &mut self,
        taken: Dequeued,
        reason: SkipReason,
        now: Moment,
        table: &mut Table,
        line: &mut Line,
    ) {
        if let Job::Registered(action) = taken.job {
            // Dropping it would run code of the user, which nothing bounds and which may be what is
            // to be left out.
            core::mem::forget(action);
        }
        if let Some(id) = taken.id {
            table.ended(id);
        }
        if let Some(place) = taken.place {
            self.order.over(place);
        }
        if let Some(subject) = taken.subject {
            self.log(
                Record {
                    subject,
                    outcome: Outcome::Skipped(reason),
                    started: now,
                    ended: now,
                    thread: None,
                },
                None,
                End::OfItself,
                false,
                line,
            );
        }
    }
}
