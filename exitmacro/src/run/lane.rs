//! Lanes: a runner executes many handlers without a lock, the clock, and a record of each.
//!
//! Where many handlers wait, even what a [lease](crate::run::lease) does for each of them takes
//! longer than most of them do: it reads the clock, and takes a registered handler out under the
//! lock of the table. A [lane](crate::sys::Lane) has them ready, and to begin the next one is one
//! operation. Afterwards the order knows which have run, and their slots what they were.
//!
//! Each thread that locks the state closes the lane first, and handlers that have not begun wait
//! again. So the state is always exact, and everything else is as if there were no lanes. The clock
//! is not read between two handlers of a lane, so they share the time that they took together. The
//! supervisor looks every few milliseconds, as long as lanes are opened. A handler that it finds
//! running has a time of its own from then on, by which its timeout counts.
//!
//! Only handlers that take and return nothing run in lanes. Others read the clock: one that returns
//! an error has its own time in the line about it, and one that takes the context may ask how much
//! time it has.
//!
//! Programs contain this only if they register such handlers at run time, because only they have
//! thousands.

use crate::handler::clock::{Moment, nanoseconds};
use crate::handler::context::{ExitContext, ExitReason};
use crate::handler::id::HandlerId;
use crate::handler::live;
use crate::handler::raw::Action;
use crate::order::queue::{LATER, Later};
use crate::registry::{Table, id_of};
use crate::report::Outcome;
use crate::run::execute::call_in_place;
use crate::run::lease::{Lease, Reach};
use crate::run::log::{Subject, Unlisted};
use crate::run::settle::Finished;
use crate::run::state::{Leased, Run};
#[cfg(all(feature = "sd-notify", unix))]
use crate::run::systemd;
use crate::sys::{LaneRunner, StaticRef};
use crate::times::{LANE_LOOK, SHORTEST_LANE_TIMEOUT};

/// What leads to lanes in programs that register handlers.
struct Functions {
    open: fn(&mut Run, Option<HandlerId>, &mut Table, &mut Lease),
    record: fn(&mut Run, &mut Table),
    execute: fn(&Lease, LaneRunner<Action>, &mut Finished),
    list: fn(&mut Run, &mut Table),
    queue_later: &'static Later,
}

static FUNCTIONS: StaticRef<Functions> = StaticRef::new();

/// From now on, handlers run in lanes where that pays.
#[inline]
pub(crate) fn have_lanes() {
    FUNCTIONS.set(&Functions {
        open: Run::open_lane_now,
        record: Run::record_lane_now,
        execute: Lease::execute_lane_now,
        list: Run::list_lanes_now,
        queue_later: &LATER,
    });
}

/// What puts handlers into the queue later, in a program that has lanes.
pub(super) fn queue_later() -> Option<&'static Later> {
    FUNCTIONS.get().map(|functions| functions.queue_later)
}

impl Run {
    /// Whether a lane was just opened, and the supervisor does not wake up in time to look at it.
    pub(super) fn lane_needs_look(&self, now: Moment) -> bool {
        self.leased.in_lane && now.plus(LANE_LOOK) < self.wakes_at
    }

    /// Opens a lane for the leased handlers, if that pays and their times are not wanted.
    pub(super) fn open_lane(
        &mut self,
        running: Option<HandlerId>,
        now: Moment,
        table: &mut Table,
        lease: &mut Lease,
    ) {
        // A program with few handlers never has lanes, so that nothing has to wake its supervisor.
        if self.order.upcoming(table).len() >= lease.fewest_for_lane
            && let Some(lanes) = FUNCTIONS.get()
            && lease.timeout >= SHORTEST_LANE_TIMEOUT
            // Otherwise the budget bounds them.
            && now <= Reach::of(lease.timeout, lease.budget_end).until
        {
            (lanes.open)(self, running, table, lease);
        }
    }

    fn open_lane_now(&mut self, running: Option<HandlerId>, table: &mut Table, lease: &mut Lease) {
        if self.are_times_wanted() || self.lanes.pause() {
            return;
        }
        let handlers = self.order.upcoming(table);
        let lane = table.open_lane(handlers, lease.declared, lease.timeout, running);
        if let Some(lane) = lane.filter(|lane| lane.left() > 0) {
            lease.count = lane.left();
            lease.lane = Some(lane);
            self.lanes.has_news = true;
        }
    }

    /// Closes the lane, and records what has become of its handlers.
    pub(super) fn record_lane(&mut self, table: &mut Table) {
        if let Some(lanes) = FUNCTIONS.get() {
            (lanes.record)(self, table);
        }
    }

    /// Makes a record of each handler that ran in a lane, for the report.
    pub(super) fn list_lanes(&mut self, table: &mut Table) {
        if let Some(lanes) = FUNCTIONS.get() {
            (lanes.list)(self, table);
        }
    }

    /// Whether something tells each handler's time to the program or to systemd.
    fn are_times_wanted(&self) -> bool {
        let Some(terms) = &self.terms else { return true };
        #[cfg(feature = "picture")]
        if terms.config.picture.is_some() {
            return true;
        }
        #[cfg(all(feature = "sd-notify", unix))]
        if systemd::listens() {
            return true;
        }
        self.report_is_due
            || terms.reason == ExitReason::Requested
            || terms.config.termination_message.is_some()
    }

    /// Records the handlers that have ended: the first one, of which the state knew, and how many
    /// followed it. The last one that began becomes the current one.
    fn record_lane_now(&mut self, table: &mut Table) {
        table.recall();
        let begun = table.begun_in_lane();
        self.lanes.note_begun(begun, self.leased.count);
        self.leased = Leased::NOTHING;
        let (queue, taken) = self.order.taken();
        let last = begun.checked_sub(1).and_then(|others| queue.get(taken + others));
        let (Some(&last), Some(terms)) = (last, &self.terms) else { return };
        // Not later than the end of the last one, if that has ended.
        let left = table.left_lane();
        let now = left.unwrap_or_else(terms.clock);
        let Some(current) = self.active.only_mut() else { return };
        let subject = Subject::of(last, self.declared, || table.take_leased().next());
        let ended = core::mem::replace(&mut current.subject, subject);
        // The last one is running, or has just ended.
        let took = nanoseconds(now.since(current.started));
        let share = took.checked_div(begun as u64 + 1).unwrap_or(took);
        let (thread, runner) = (current.worker.on, current.worker.runner.unwrap_or(0));
        let end_of_first = current.started.plus_nanoseconds(share);
        if let Some(ended) = ended
            && self.log.begin_batch(current.started, thread, runner, 1)
        {
            self.log.push_completed(ended, end_of_first);
            self.log.push_unlisted(Unlisted { count: begun - 1, first: taken, share });
        }
        current.started = current.started.plus_nanoseconds(share.saturating_mul(begun as u64));
        current.number += begun as u64;
        self.invocations = current.number;
        self.order.pass_many(begun);
        self.bound_leased();
        // One that is running may have begun just now: it has its whole timeout from here.
        if left.is_none()
            && let Some(current) = self.active.only_mut()
        {
            current.deadline = current.deadline.plus_nanoseconds(share);
        }
    }

    fn list_lanes_now(&mut self, table: &mut Table) {
        let (queue, _) = self.order.taken();
        let queue = if self.lanes.earlier.is_empty() { queue } else { &self.lanes.earlier };
        self.log.list(|place| {
            let handler = *queue.get(place)?;
            Subject::of(handler, self.declared, || table.take_lent(handler))
        });
    }
}

impl Lease {
    /// Executes the handlers in the lane. Afterwards `last` is the one that ended last, which the
    /// state has not settled.
    pub(super) fn execute_lane(&self, lane: LaneRunner<Action>, last: &mut Finished) {
        if let Some(lanes) = FUNCTIONS.get() {
            (lanes.execute)(self, lane, last);
        }
    }

    fn execute_lane_now(&self, mut lane: LaneRunner<Action>, last: &mut Finished) {
        // Handlers that take nothing do not see it.
        let context = ExitContext {
            reason: self.reason,
            deadline: Moment::NEVER,
            invocation: last.number,
            slot: live::FIRST_SLOT,
            live: self.live,
        };
        let mut completes = last.outcome == Outcome::Completed;
        while completes && let Some(action) = lane.begin() {
            completes = call_in_place(action, &context, &mut last.outcome);
        }
        if let Some(key) = lane.last_key() {
            last.number += lane.begun() as u64;
            last.id = id_of(key);
        }
        lane.leave((self.clock)().to_bits());
    }
}
