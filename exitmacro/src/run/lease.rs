//! Handlers that follow each other without the lock of the run.
//!
//! Most handlers are simple and short. Taking each of them off the order under the lock of the run
//! costs more than most of them do. So a runner that takes one [leases](Run::lease) those behind
//! it, as long as they are simple as well, and [executes](crate::run::series) them as long as all goes as
//! expected: each completes in the process of the run, and nothing has come that has a place before the next one.
//!
//! One word says how far the runner has come: the number of the turn. The runner ends a turn and
//! begins the next one by moving the word on; abandoning a handler moves it to
//! [`NO_INVOCATION`](crate::handler::context::NO_INVOCATION). Each of the two fails when the other one was
//! first, so that a handler has ended or was abandoned, and never both. Each thread that locks the
//! state [catches up](Run::catch_up) first: what has ended by then is written down, and the handler
//! that is running is the current one.
//!
//! A registered handler can be taken back until it begins. So it begins under the lock of the
//! table, which keeps its label for the thread that catches up; where it is gone, the lease ends.

use crate::config::LogLevel;
use crate::handler::Rank;
use crate::handler::clock::Moment;
use crate::handler::context::{self, ExitReason, Live};
use crate::handler::declared::Declared;
use crate::order::Order;
use crate::registry::{self, Table};
use crate::report::{Limit, Outcome};
use crate::run::log::{Record, Subject};
use crate::run::state::{Leased, Run};
use core::ops::DerefMut;
use core::time::Duration;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a runner may execute behind its handler.
pub(super) struct Lease {
    pub(super) ranks: [Rank; context::LEASED],
    pub(super) count: usize,
    pub(super) declared: &'static [Declared],
    /// Of each handler that says nothing about it.
    pub(super) timeout: Duration,
    /// Up to here, nothing but its own timeout bounds any of the handlers.
    pub(super) until: Moment,
    pub(super) reason: ExitReason,
    /// The number of the process that the run is for.
    pub(super) process: u64,
    pub(super) live: &'static Live,
    /// Set when a handler is registered during the run.
    pub(super) latecomers: &'static AtomicBool,
    pub(super) clock: fn() -> Moment,
}

impl Lease {
    pub(super) fn none(live: &'static Live) -> Self {
        Self {
            ranks: [Rank { priority: 0, sequence: 0, index: 0 }; context::LEASED],
            count: 0,
            declared: &[],
            timeout: Duration::ZERO,
            until: Moment::NEVER,
            reason: ExitReason::Requested,
            process: 0,
            live,
            latecomers: registry::latecomers(),
            clock: Moment::now,
        }
    }

    /// From here on nothing is leased.
    pub(super) fn end(&mut self) {
        self.count = 0;
    }
}

/// A leased handler that is running, and that is not written down yet.
#[cfg(feature = "signals")]
pub(super) struct LeasedHandler<'a> {
    pub(super) name: &'a str,
    pub(super) started: Moment,
    pub(super) timeout: Duration,
}

impl Run {
    /// Leases what follows the handler that the calling runner is about to execute.
    pub(super) fn lease(&mut self, table: &mut Table, lease: &mut Lease) {
        lease.count = self.leasable(table, lease).unwrap_or(0);
        self.leased = Leased { begun: 0, count: lease.count };
    }

    fn leasable(&self, table: &mut Table, lease: &mut Lease) -> Option<usize> {
        let terms = self.terms.as_ref()?;
        // What is said of each, and what each is looked up for, is said and looked up under the
        // lock.
        if terms.inline || terms.config.skip.is_some() || terms.config.log >= LogLevel::Info {
            return None;
        }
        let mut longest = self.active.only().and_then(|current| current.simple_timeout())?;
        let mut count = 0;
        let mut are_declared = true;
        for (place, &rank) in lease.ranks.iter_mut().zip(self.order.upcoming(table)) {
            let Some(timeout) = self.simple_timeout(rank, table, terms.config.bounds.timeout)
            else {
                break;
            };
            // No deadline is before an earlier one: the supervisor knows of that which it saw last,
            // and hears of no other.
            if timeout < longest {
                break;
            }
            longest = timeout;
            *place = rank;
            count += 1;
            are_declared &= rank.is_declared();
        }
        if count == 0 || !(are_declared || table.make_room_for_leased(count)) {
            return None;
        }
        lease.declared = self.declared;
        lease.timeout = terms.config.bounds.timeout;
        lease.reason = terms.reason;
        lease.process = terms.config.process;
        lease.live = self.live;
        lease.clock = terms.clock;
        // A little more than what nine tenths of are the timeout.
        lease.until = self.budget_end().minus(longest.saturating_add(longest / 8));
        // The table, which is locked, has none.
        lease.latecomers.store(false, Ordering::Relaxed);
        Some(count)
    }

    /// The timeout of the handler at this rank, where nothing else ends it, and it is simple.
    fn simple_timeout(&self, rank: Rank, table: &Table, default: Duration) -> Option<Duration> {
        if rank.is_declared() {
            let handler = self.declared.get(rank.index as usize)?;
            handler.is_simple().then(|| handler.limit(default))
        } else {
            let entry = table.entry(rank)?;
            entry.is_simple().then(|| entry.limit(default))
        }
    }

    /// How many leased handlers have begun that are not written down.
    #[cfg(feature = "signals")]
    fn unwritten(&self) -> usize {
        let current = self.active.only().filter(|_| self.leased.is_left());
        let unwritten = current
            .and_then(|current| self.live.turn(context::FIRST_SLOT).checked_sub(current.number));
        unwritten.map_or(0, |unwritten| unwritten as usize)
    }

    /// How many handlers have not begun. Allocates nothing, and writes nothing down.
    #[cfg(feature = "signals")]
    pub(super) fn left(&self, table: &Table) -> usize {
        self.order.count_declared_left(self.unwritten()) + table.len()
    }

    /// The handler that is running, where that is a leased one that is not written down.
    #[cfg(feature = "signals")]
    pub(super) fn leased_handler<'a>(&'a self, table: &'a Table) -> Option<LeasedHandler<'a>> {
        let last = self.unwritten().checked_sub(1)?;
        let (rank, default) =
            (self.order.following(last)?, self.terms.as_ref()?.config.bounds.timeout);
        let started = self.live.ended(self.leased.begun + last);
        if rank.is_declared() {
            let handler = self.declared.get(rank.index as usize)?;
            return Some(LeasedHandler {
                name: handler.name(),
                started,
                timeout: handler.limit(default),
            });
        }
        let label = table.last_leased()?;
        Some(LeasedHandler { name: label.name(), started, timeout: label.limit(default) })
    }

    /// Writes down what has ended since the state was locked last. To be called by each thread that
    /// locks it.
    #[inline]
    pub(super) fn catch_up<T: DerefMut<Target = Table>>(&mut self, table: impl FnOnce() -> T) {
        if self.leased.is_left() {
            self.write_down(&mut table());
        }
    }

    #[cold]
    #[inline(never)]
    fn write_down(&mut self, table: &mut Table) {
        let reached = self.live.turn(context::FIRST_SLOT);
        let known = self.turns;
        while self.active.only().is_some_and(|current| current.number < reached) {
            self.write_one_down(table);
        }
        if self.turns != known {
            self.bound_leased();
        }
    }

    fn write_one_down(&mut self, table: &mut Table) {
        let (Some(subject), Some(current)) =
            (pass_leased(&mut self.order, self.declared, table), self.active.only_mut())
        else {
            return self.leased = Leased::NOTHING;
        };
        // A runner that was abandoned just before it would have passed may write its time over a
        // later one.
        let ended = self.live.ended(self.leased.begun).max(current.started);
        let subject = current.subject.replace(subject);
        let record = subject.map(|subject| Record {
            subject,
            outcome: Outcome::Completed,
            started: current.started,
            ended,
            thread: Some(current.worker.on),
        });
        current.number += 1;
        current.started = ended;
        self.turns = current.number;
        self.leased.begun += 1;
        if let Some(record) = record {
            self.keep(record, None);
        }
    }

    /// The time of the leased handler that is running counts from its own beginning.
    fn bound_leased(&mut self) {
        let default = self.terms.map_or(Duration::ZERO, |terms| terms.config.bounds.timeout);
        if let Some(current) = self.active.only_mut()
            && let Some(subject) = &current.subject
        {
            let timeout = subject.limit(default);
            current.deadline = current.started.plus(timeout);
            current.limit = Limit::Timeout(timeout);
        }
    }

    /// Ends the turn of a handler that is to be abandoned; `false` when the handler has just ended.
    pub(super) fn end_turn(&mut self, slot: usize, number: u64) -> bool {
        if self.leased.is_left() {
            return self.live.abandon(slot, number);
        }
        self.live.set_invocation(slot, context::NO_INVOCATION);
        true
    }
}

/// What the first of the leased handlers is that are not written down.
#[inline(always)]
fn pass_leased(
    order: &mut Order,
    declared: &'static [Declared],
    table: &mut Table,
) -> Option<Subject> {
    let rank = order.pass_one()?;
    if rank.is_declared() {
        declared.get(rank.index as usize).map(Subject::Declared)
    } else {
        table.next_leased().map(Subject::Registered)
    }
}

#[cfg(test)]
#[path = "lease_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "lease_model_tests.rs"]
mod model_tests;
