//! Handlers that follow each other without the lock of the run.
//!
//! Most declared handlers are simple and short. Taking each of them off the order under the lock costs more than most of them do. So a runner that takes one
//! [leases](Run::lease) those behind it, as long as they are simple as well, and executes them as long as all goes as expected: each completes in
//! the process of the run, and nothing has come that has a place before the next one.
//!
//! One word says how far the runner has come: the number of the turn. The runner ends a turn and begins the next one by moving the word on; abandoning a handler moves it to
//! [`NO_TURN`](crate::handler::context::NO_TURN). Each of the two fails when the other one was first, so that a handler has ended or was abandoned, and never both.
//! Each thread that locks the state [catches up](Run::catch_up) first: what has ended by then is written down, and the handler that is running is the current one.

use super::LIVE;
use super::limits::LogLevel;
use super::record::{Record, Subject};
use super::report::{Limit, Outcome};
use super::runner::{FASTEST_FORK, execute};
use super::state::{Finished, Run};
use super::turn::{Job, Turn};
use crate::handler::context::{self, ExitContext, ExitReason, Live};
use crate::handler::declared::Declared;
use crate::handler::moment::Moment;
use crate::handler::owner;
use crate::handler::registered::{self, Table};
use core::time::Duration;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a runner may execute behind its handler.
pub(super) struct Lease {
    handlers: [Option<&'static Declared>; context::LEASED],
    /// Of each handler that says nothing about it.
    timeout: Duration,
    /// Up to here, nothing but its own timeout bounds any of the handlers.
    until: Moment,
    reason: ExitReason,
    /// The number of the process that the run is for.
    process: u64,
    live: &'static Live,
    /// Set when a handler is registered during the run.
    latecomers: &'static AtomicBool,
    clock: fn() -> Moment,
}

impl Lease {
    pub(super) fn none() -> Self {
        Self {
            handlers: [None; context::LEASED],
            timeout: Duration::ZERO,
            until: Moment::NEVER,
            reason: ExitReason::Requested,
            process: 0,
            live: &LIVE,
            latecomers: registered::latecomers(),
            clock: Moment::now,
        }
    }

    /// From here on nothing is leased.
    pub(super) fn end(&mut self) {
        self.handlers[0] = None;
    }

    /// Executes what is leased behind a handler that has ended, and that began then. Afterwards both are of the handler that ended last, which the state does not know of yet.
    #[inline]
    pub(super) fn execute(&self, last: &mut Finished, began: &mut Moment) {
        if self.handlers[0].is_some() {
            self.execute_all(last, began);
        }
    }

    #[inline(never)]
    fn execute_all(&self, last: &mut Finished, began: &mut Moment) {
        for (place, handler) in self.handlers.iter().map_while(|&handler| handler).enumerate() {
            if last.outcome != Outcome::Completed || self.latecomers.load(Ordering::Acquire) {
                break;
            }
            let now = (self.clock)();
            // A handler that took longer may have forked, and the runner deals with the child.
            let is_child = now.since(*began) > FASTEST_FORK && owner::me() != self.process;
            if is_child || now > self.until || !self.live.pass(last.number, place, now) {
                break;
            }
            *began = now;
            *last = execute(self.turn(handler, last.number + 1, now));
        }
    }

    fn turn(&self, handler: &Declared, number: u64, now: Moment) -> Turn {
        let deadline = now.plus(handler.limit(self.timeout));
        #[cfg(all(feature = "sd-notify", unix))]
        super::systemd::allow_until(deadline);
        let context = ExitContext { reason: self.reason, deadline, turn: number, slot: context::FIRST_SLOT, live: self.live };
        Turn { number, id: None, job: Job::Declared(handler.function()), context }
    }
}

/// How far a lease has come.
#[derive(Clone, Copy)]
pub(super) struct Leased {
    /// How many of the leased handlers have begun, as far as it is written down.
    begun: usize,
    count: usize,
}

impl Leased {
    pub(super) const NOTHING: Self = Self { begun: 0, count: 0 };

    /// Whether there are handlers that the runner may begin by itself.
    pub(super) fn is_left(self) -> bool {
        self.begun < self.count
    }
}

impl Run {
    /// Leases what follows the handler that the calling runner is about to execute.
    pub(super) fn lease(&mut self, table: &Table, lease: &mut Lease) {
        let count = self.leasable(table, lease).unwrap_or(0);
        if let Some(behind) = lease.handlers.get_mut(count) {
            *behind = None;
        }
        self.leased = Leased { begun: 0, count };
    }

    fn leasable(&self, table: &Table, lease: &mut Lease) -> Option<usize> {
        let terms = self.terms.as_ref()?;
        // What is said of each, and what each is looked up for, is said and looked up under the lock.
        if terms.inline || terms.limits.skip.is_some() || terms.limits.log == LogLevel::Trace {
            return None;
        }
        let mut longest = self.active.only().and_then(|current| current.simple_timeout())?;
        let mut count = 0;
        for (place, rank) in lease.handlers.iter_mut().zip(self.order.upcoming(table)) {
            let Some(handler) = self.declared.get(rank.index as usize).filter(|handler| rank.is_declared() && handler.is_simple()) else { break };
            let timeout = handler.limit(terms.limits.timeout);
            // No deadline is before an earlier one: the supervisor knows of that which it saw last, and hears of no other.
            if timeout < longest {
                break;
            }
            longest = timeout;
            *place = Some(handler);
            count += 1;
        }
        if count == 0 {
            return None;
        }
        lease.timeout = terms.limits.timeout;
        lease.reason = terms.reason;
        lease.process = terms.limits.process;
        lease.live = self.live;
        lease.clock = terms.clock;
        // A little more than what nine tenths of are the timeout.
        lease.until = self.budget_end().minus(longest.saturating_add(longest / 8));
        // The table, which is locked, has none.
        lease.latecomers.store(false, Ordering::Relaxed);
        Some(count)
    }

    /// Writes down what has ended since the state was locked last. To be called by each thread that locks it.
    #[inline]
    pub(super) fn catch_up(&mut self) {
        if self.leased.is_left() {
            self.write_down();
        }
    }

    #[cold]
    #[inline(never)]
    fn write_down(&mut self) {
        let reached = self.live.turn(context::FIRST_SLOT);
        while self.active.only().is_some_and(|current| current.number < reached) {
            self.write_one_down();
        }
    }

    fn write_one_down(&mut self) {
        let default = self.terms.map_or(Duration::ZERO, |terms| terms.limits.timeout);
        let (Some(rank), Some(current)) = (self.order.pass_one(), self.active.only_mut()) else { return self.leased = Leased::NOTHING };
        let handler = &self.declared[rank.index as usize];
        // A runner that was abandoned just before it would have passed may write its time over a later one.
        let ended = self.live.ended(self.leased.begun).max(current.started);
        let subject = current.subject.replace(Subject::Declared(handler));
        let record = subject.map(|subject| Record { subject, outcome: Outcome::Completed, started: current.started, ended, thread: Some(current.worker.on) });
        let timeout = handler.limit(default);
        current.number += 1;
        current.started = ended;
        current.deadline = ended.plus(timeout);
        current.limit = Limit::Timeout(timeout);
        self.turns = current.number;
        self.leased.begun += 1;
        if let Some(record) = record {
            self.keep(record, None);
        }
    }

    /// Ends the turn of a handler that is to be abandoned; `false` when the handler has just ended.
    pub(super) fn end_turn(&mut self, slot: usize, number: u64) -> bool {
        if self.leased.is_left() {
            return self.live.abandon(slot, number);
        }
        self.live.set_turn(slot, context::NO_TURN);
        true
    }
}

#[cfg(test)]
#[path = "lease_tests.rs"]
mod tests;
