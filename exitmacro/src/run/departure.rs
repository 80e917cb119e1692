//! How a run ends in which one runner was alone: it lets its thread-locals go, flushes stdout, and
//! says that the run is over.
//!
//! So the thread that supervises waits once for all of that. The flush comes last, when nothing of
//! the runner is left to be lost: it may wait for ever for the lock of stdout, which the caller of
//! the run may hold, or an abandoned thread, and std has no way to try it. A runner that has not
//! come through soon is given up. Then the caller flushes, as it can take its own lock twice, and a
//! new runner watches it. The same holds from the beginning where another thread is known that
//! might hold the lock.

use crate::fork::ownership;
use crate::handler::clock::Moment;
use crate::registry::Table;
use crate::report::HandlerThread;
use crate::run::active::Worker;
use crate::run::state::{Departure, Run};
use crate::sys::ThreadKey;
use crate::times::{RUNNER_END_TIMEOUT, RUNNER_FLUSH_TIMEOUT};

/// What the supervisor makes of a departure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Prospect {
    /// To be looked at again then.
    Leaving(Moment),
    /// Its thread-locals are in the way.
    Late,
    /// The flush is.
    Stuck,
    /// The budget is used up.
    OutOfBudget,
}

impl Run {
    /// Lets the worker, which finds no more handlers, leave and end the run; `false` when it is to
    /// be done otherwise.
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
            terms.config.stdout_may_be_locked || ownership::is_forked(terms.config.process);
        if !is_alone || self.departed || terms.inline || terms.awaited || may_be_locked {
            return false;
        }
        table.close();
        self.departed = true;
        self.departure =
            Some(Departure { runner, thread: worker.thread, since: now, flushing: None });
        true
    }

    /// The thread-locals of this runner are gone. If it is to flush, it does from now on.
    pub(super) fn begins_to_flush(&mut self, runner: u32, clock: fn() -> Moment) -> Option<Moment> {
        let departure = self.departure.as_mut().filter(|departure| departure.runner == runner)?;
        departure.flushing = Some(clock());
        departure.flushing
    }

    /// It has. Another one may by now, if this one was given up.
    pub(super) fn has_flushed(&mut self, runner: u32) {
        if self.departure.take_if(|departure| departure.runner == runner).is_some() {
            self.set_finished();
        }
    }

    /// The runner that ends the run, if that is what this thread is.
    pub(super) fn departing_on(&self, thread: ThreadKey) -> Option<u32> {
        self.departure
            .filter(|departure| departure.thread == thread)
            .map(|departure| departure.runner)
    }

    pub(super) fn prospect(&self, now: Moment) -> Option<Prospect> {
        let departure = self.departure?;
        let (end, late) = match departure.flushing {
            Some(since) => (since.plus(RUNNER_FLUSH_TIMEOUT), Prospect::Stuck),
            None => (departure.since.plus(RUNNER_END_TIMEOUT), Prospect::Late),
        };
        Some(if self.budget_is_over(now) {
            Prospect::OutOfBudget
        } else if end <= now {
            late
        } else {
            Prospect::Leaving(end.min(self.budget_end()))
        })
    }

    /// Gives up the runner that is leaving: what is left of the end of the run, another one does.
    pub(super) fn give_up_departure(&mut self) {
        if let Some(departure) = self.departure.take() {
            self.runners.forget(Some(departure.runner));
            self.flush_is_due();
        }
    }
}

#[cfg(test)]
#[path = "departure_tests.rs"]
mod tests;
