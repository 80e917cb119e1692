//! How the only runner ends the run: as its thread ends, it drops its thread-locals, flushes
//! stdout, and marks the run as finished.
//!
//! So the supervisor waits once for all three. The flush comes last, when the runner has nothing
//! left to do. It may wait for ever for the lock of stdout, which the caller of the run may hold,
//! or an abandoned thread, and std cannot try that lock. So a runner that does not get through soon
//! is abandoned: the caller flushes, which can take its own lock twice, and a new runner supervises
//! it. If another thread is known that may hold the lock, the caller flushes from the start.

use crate::fork::identity;
use crate::handler::clock::Moment;
use crate::registry::Table;
use crate::report::HandlerThread;
use crate::run::active::Worker;
use crate::run::state::{Departure, Run};
use crate::sys::ThreadKey;
use crate::times::{RUNNER_END_TIMEOUT, RUNNER_FLUSH_TIMEOUT};

/// How the departure of a runner stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DepartureCheck {
    /// In time; the supervisor checks again at this time.
    InTime(Moment),
    /// Its thread-locals are not dropped in time.
    Late,
    /// The flush takes too long.
    Stuck,
    /// The budget is spent.
    OutOfBudget,
}

impl Run {
    /// Lets the worker, which finds no more handlers, end the run as its thread ends; `false` when
    /// the run has to end in another way.
    pub(super) fn depart(&mut self, worker: Worker, now: Moment, table: &mut Table) -> bool {
        // On Windows, thread-locals drop under a lock that the end of the process takes.
        let may_wait_at_the_end = cfg!(unix);
        let (Some(runner), Some(terms), true) = (worker.runner, self.terms, may_wait_at_the_end)
        else {
            return false;
        };
        let is_alone = worker.on == HandlerThread::Runner
            && self.runners.is_only(runner)
            && !self.caller_lost
            && !self.has_abandoned();
        let may_be_locked =
            terms.config.stdout_may_be_locked || identity::is_forked(terms.config.process);
        if !is_alone || self.departed || terms.inline || terms.awaited || may_be_locked {
            return false;
        }
        table.close();
        self.departed = true;
        self.departure = Some(Departure {
            runner,
            thread: worker.thread,
            since: now,
            flushing: None,
            in_destructor: false,
        });
        true
    }

    /// Notes that the thread-locals of this runner are destroyed, or wait for the end of the run in
    /// a destructor. Returns the time if the runner is to flush.
    pub(super) fn start_flush(
        &mut self,
        runner: u32,
        in_destructor: bool,
        clock: fn() -> Moment,
    ) -> Option<Moment> {
        let departure = self.departure.as_mut().filter(|departure| departure.runner == runner)?;
        departure.flushing = Some(clock());
        departure.in_destructor = in_destructor;
        departure.flushing
    }

    /// Notes that this runner has flushed, which ends the run, unless its departure was abandoned.
    pub(super) fn finish_flush(&mut self, runner: u32) {
        if self.departure.take_if(|departure| departure.runner == runner).is_some() {
            self.set_finished();
        }
    }

    /// The number of the runner that ends the run, if `thread` is that runner.
    pub(super) fn departing_on(&self, thread: ThreadKey) -> Option<u32> {
        self.departure
            .filter(|departure| departure.thread == thread)
            .map(|departure| departure.runner)
    }

    pub(super) fn check_departure(&self, now: Moment) -> Option<DepartureCheck> {
        let departure = self.departure?;
        let (end, late) = match departure.flushing {
            Some(since) => (since.plus(RUNNER_FLUSH_TIMEOUT), DepartureCheck::Stuck),
            None => (departure.since.plus(RUNNER_END_TIMEOUT), DepartureCheck::Late),
        };
        Some(if self.is_budget_spent(now) {
            DepartureCheck::OutOfBudget
        } else if end <= now {
            late
        } else {
            DepartureCheck::InTime(end.min(self.budget_end()))
        })
    }

    /// Abandons the runner that was to end the run; another thread does what is left. The end of
    /// the run waits for the thread all the same if its destructors have more to do.
    pub(super) fn abandon_departure(&mut self) {
        if let Some(departure) = self.departure.take() {
            if !departure.in_destructor {
                self.runners.forget(Some(departure.runner));
            }
            self.make_flush_due();
        }
    }
}

#[cfg(test)]
#[path = "departure_tests.rs"]
mod tests;
