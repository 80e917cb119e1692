//! Leases: a runner executes several handlers without the lock of the run.
//!
//! Most handlers are simple and short. To take each of them off the order under the lock of the run
//! costs more than to call it. So a runner that takes a handler [leases](Run::lease) those that
//! follow it. It [executes](crate::run::series) them as long as each one is simple, completes in
//! the process of the run, and no handler is registered that belongs before the next one.
//!
//! One atomic word, the number of the invocation, shows how far the runner has got. To end an
//! invocation and begin the next one, the runner increments the word. To abandon a handler, the
//! supervisor sets the word to [`NO_INVOCATION`](crate::handler::live::NO_INVOCATION). Both are
//! a compare-and-exchange, so a handler has either ended or was abandoned, never both. Each thread
//! that locks the state [catches up](Run::catch_up) first: it records the handlers that have ended,
//! and makes the running handler the current one.
//!
//! A registered handler can be unregistered until it begins. So it begins under the lock of the
//! table, which keeps its label for the thread that catches up. If the handler is gone, the lease
//! ends.

use crate::config::LogLevel;
use crate::handler::Queued;
use crate::handler::clock::{Moment, nanoseconds};
use crate::handler::context::ExitReason;
use crate::handler::declared::Declared;
use crate::handler::id::HandlerId;
use crate::handler::live::{self, Live};
use crate::handler::raw::Action;
use crate::registry::view::View;
use crate::registry::{self, Table};
use crate::report::Limit;
use crate::run::log::Subject;
use crate::run::state::{Leased, Run};
use crate::sys::LaneRunner;
use core::ops::DerefMut;
use core::time::Duration;
use std::sync::atomic::{AtomicBool, Ordering};

/// The handlers that a runner may execute after its own one as long as they are simple, and what
/// bounds them.
pub(super) struct Lease {
    /// They are in this lane.
    pub(super) lane: Option<LaneRunner<Action>>,
    /// A lane is opened where there are no fewer.
    pub(super) fewest_for_lane: usize,
    pub(super) handlers: [Queued; live::LEASED],
    pub(super) count: usize,
    pub(super) declared: &'static [Declared],
    /// The timeout of a handler that configures none.
    pub(super) timeout: Duration,
    pub(super) budget_end: Moment,
    pub(super) reach: Reach,
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
            lane: None,
            fewest_for_lane: live::LEASED,
            handlers: [Queued::FILLER; live::LEASED],
            count: 0,
            declared: &[],
            timeout: Duration::ZERO,
            budget_end: Moment::NEVER,
            reach: Reach::of(Duration::ZERO, Moment::NEVER),
            reason: ExitReason::Requested,
            process: 0,
            live,
            latecomers: registry::latecomers(),
            clock: Moment::now,
        }
    }

    /// Ends the lease.
    pub(super) fn end(&mut self) {
        (self.lane, self.count) = (None, 0);
    }
}

/// What bounds the next leased handler.
#[derive(Clone, Copy)]
pub(super) struct Reach {
    /// The timeout of the handler before it. The next one may not have a shorter timeout, because
    /// deadlines may not decrease: the supervisor sleeps until the deadline that it saw last, and
    /// no runner wakes it.
    pub(super) timeout: Duration,
    pub(super) nanoseconds: u64,
    /// A handler with that timeout that starts up to here is limited by its own timeout alone.
    pub(super) until: Moment,
}

impl Reach {
    pub(super) fn of(timeout: Duration, budget_end: Moment) -> Self {
        Self {
            timeout,
            nanoseconds: nanoseconds(timeout),
            // Nine tenths of the time left there are a little more than the timeout.
            until: budget_end.minus(timeout.saturating_add(timeout / 8)),
        }
    }
}

/// A leased handler that is running, and that the state has not recorded.
#[cfg(feature = "signals")]
pub(super) struct LeasedHandler<'a> {
    pub(super) name: &'a str,
    pub(super) started: Moment,
    pub(super) timeout: Duration,
}

impl Run {
    /// Leases the handlers that follow the handler of the calling runner.
    pub(super) fn lease(
        &mut self,
        running: Option<HandlerId>,
        now: Moment,
        table: &mut Table,
        lease: &mut Lease,
    ) {
        lease.count = 0;
        self.order.prepare(table);
        let has_more = !self.order.upcoming(table).is_empty();
        if has_more && self.bound_lease(lease).is_some() {
            self.open_lane(running, now, table, lease);
            if lease.lane.is_none() {
                self.lease_one_by_one(table, lease);
            }
        }
        self.leased = Leased { begun: 0, count: lease.count, in_lane: lease.lane.is_some() };
        if lease.count > 0 {
            // The handler of the runner itself, and those that follow it.
            // Without memory for all of them, there may be some for each batch.
            _ = self.log.expect_completed(1 + self.order.most_left(table));
        }
    }

    /// Leases those that follow, without a lane.
    fn lease_one_by_one(&self, table: &mut Table, lease: &mut Lease) {
        let mut count = 0;
        for (place, &handler) in lease.handlers.iter_mut().zip(self.order.upcoming(table)) {
            *place = handler;
            count += 1;
        }
        if table.is_empty() || table.make_room_for_leased(count) {
            lease.count = count;
            fetch(lease.handlers.get(..count).unwrap_or_default(), self.declared, table);
        }
    }

    /// Sets what bounds leased handlers; `None` when none may be leased.
    fn bound_lease(&self, lease: &mut Lease) -> Option<()> {
        let terms = self.terms.as_ref()?;
        // What is said of each, and what each is looked up for, is said and looked up under the
        // lock.
        if terms.inline || terms.config.skip.is_some() || terms.config.log >= LogLevel::Info {
            return None;
        }
        #[cfg(events)]
        if terms.config.sink.is_some() {
            return None;
        }
        let timeout = self.active.only().and_then(|current| current.simple_timeout())?;
        lease.declared = self.declared;
        lease.timeout = terms.config.bounds.timeout;
        lease.reason = terms.reason;
        lease.process = terms.config.process;
        lease.live = self.live;
        lease.clock = terms.clock;
        lease.budget_end = self.budget_end();
        lease.reach = Reach::of(timeout, lease.budget_end);
        // The table, which is locked, has no latecomers.
        lease.latecomers.store(false, Ordering::Relaxed);
        Some(())
    }

    /// How many leased handlers have started that are not recorded.
    #[cfg(feature = "signals")]
    fn unrecorded(&self, table: &Table) -> usize {
        if self.leased.in_lane {
            return table.begun_in_lane();
        }
        let current = self.active.only().filter(|_| self.leased.is_left());
        let unrecorded = current
            .and_then(|current| self.live.invocation(live::FIRST_SLOT).checked_sub(current.number));
        unrecorded.map_or(0, |count| count as usize)
    }

    /// How many handlers have not started. Allocates nothing, and records nothing.
    #[cfg(feature = "signals")]
    pub(super) fn left(&self, table: &Table) -> usize {
        self.order.count_declared_left(self.unrecorded(table)) + table.count_left()
    }

    /// The running handler, if it is a leased one that is not recorded.
    #[cfg(feature = "signals")]
    pub(super) fn leased_handler<'a>(&'a self, table: &'a Table) -> Option<LeasedHandler<'a>> {
        let last = self.unrecorded(table).checked_sub(1)?;
        let (handler, default) = (
            *self.order.following(last + 1).get(last)?,
            self.terms.as_ref()?.config.bounds.timeout,
        );
        let started = if self.leased.in_lane {
            // Not earlier; the supervisor looks every few milliseconds.
            self.active.only()?.started
        } else {
            self.live.ended(self.leased.begun + last)
        };
        let handler = if handler.is_declared() {
            View::of_queued(handler, self.declared, table)?
        } else {
            table.last_leased(handler)?
        };
        let timeout = handler.options().timeout_or(default);
        Some(LeasedHandler { name: handler.name(), started, timeout })
    }

    /// Records the handlers that have ended since the state was locked last. Each thread that locks
    /// the state calls this.
    #[inline]
    pub(super) fn catch_up<T: DerefMut<Target = Table>>(&mut self, table: impl FnOnce() -> T) {
        if self.leased.is_left() {
            self.record_finished(&mut table());
        }
    }

    #[cold]
    #[inline(never)]
    fn record_finished(&mut self, table: &mut Table) {
        if self.leased.in_lane {
            return self.record_lane(table);
        }
        let reached = self.live.invocation(live::FIRST_SLOT);
        let Some(current) = self.active.only_mut().filter(|current| current.number < reached)
        else {
            return;
        };
        let Some(mut subject) = current.subject.take() else { return };
        let mut started = current.started;
        let (thread, runner) = (current.worker.on, current.worker.runner.unwrap_or(0));
        let passed = self.order.following((reached - current.number) as usize);
        let is_kept = self.log.begin_batch(started, thread, runner, passed.len());
        let mut labels = table.take_leased();
        let mut count = 0;
        for &handler in passed {
            let next = Subject::of(handler, self.declared, || labels.next());
            let Some(next) = next else { break };
            // A runner that was abandoned just before it began the next handler may have
            // overwritten a later time.
            started = self.live.ended(self.leased.begun + count).max(started);
            let completed = core::mem::replace(&mut subject, next);
            if is_kept {
                self.log.push_completed(completed, started);
            }
            count += 1;
        }
        (current.subject, current.started) = (Some(subject), started);
        current.number += count as u64;
        self.leased.begun += count;
        if current.number < reached {
            self.leased = Leased::NOTHING;
        }
        self.invocations = current.number;
        self.order.pass_many(count);
        self.bound_leased();
    }

    /// The time of the running leased handler counts from its own start.
    pub(super) fn bound_leased(&mut self) {
        let default =
            self.terms.as_ref().map_or(Duration::ZERO, |terms| terms.config.bounds.timeout);
        if let Some(current) = self.active.only_mut()
            && let Some(subject) = &current.subject
        {
            let timeout = subject.options().timeout_or(default);
            current.deadline = current.started.plus(timeout);
            current.limit = Limit::Timeout(timeout);
        }
    }

    /// Ends the invocation of a handler that is to be abandoned; `false` when the handler has just
    /// ended.
    pub(super) fn end_invocation(&mut self, slot: u8, number: u64) -> bool {
        if self.leased.is_left() {
            return self.live.abandon(slot, number);
        }
        self.live.set_invocation(slot, live::NO_INVOCATION);
        true
    }
}

/// Reads by what registered handlers start, if they are not next to each other in memory. Read one
/// by one, in between calls, each would have to wait for the memory. Here the processor reads many
/// at once.
fn fetch(handlers: &[Queued], declared: &'static [Declared], table: &Table) {
    let (Some(first), Some(last)) = (handlers.first(), handlers.last()) else { return };
    if first.index().abs_diff(last.index()) as usize == handlers.len() - 1 {
        return;
    }
    let mut simple = 0_usize;
    for &handler in handlers.iter().filter(|handler| !handler.is_declared()) {
        let handler = View::of_queued(handler, declared, table);
        simple += usize::from(handler.is_some_and(|handler| handler.options().is_simple()));
    }
    // So that the compiler does not leave the reading out.
    core::hint::black_box(simple);
}

#[cfg(test)]
#[path = "lease_tests/mod.rs"]
mod tests;

#[cfg(test)]
#[path = "lease_model_tests.rs"]
mod model_tests;
