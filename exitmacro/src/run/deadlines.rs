//! What the thread that keeps the clock asks of the state.

use crate::handler::clock::Moment;
use crate::run::active::Current;
use crate::run::invocation::Invocation;
use crate::run::state::Run;
use crate::times::{FIRST_PARKED_LOOK, RUNNER_FLUSH_TIMEOUT};

impl Run {
    /// When the first of the handlers that are running has used up its own timeout.
    pub(super) fn next_deadline(&self) -> Moment {
        self.active.iter().map(|current| current.deadline).min().unwrap_or(Moment::NEVER)
    }

    /// Whether the caller has used up the time of the handler that it was handed, or of the run.
    /// The time of a handler that the caller has not come for yet, on a busy machine, has not
    /// begun.
    pub(super) fn caller_hangs_in(&mut self, turn: u64, now: Moment) -> bool {
        let end = self.budget_end;
        let overdue = self
            .active
            .iter_mut()
            .find(|current| current.number == turn && current.deadline <= now);
        let hangs = overdue.is_some_and(|current| {
            let has_begun = !current.is_handed_over();
            if !has_begun {
                current.begin_anew(now, end);
            }
            has_begun
        });
        hangs || self.budget_is_over(now)
    }

    /// Whether a thread waits that would hear too late of the end of the run if it was not told.
    /// The supervisor is told when the last runner has left. Unless it will look soon by itself, it
    /// is told of the end of the run as well: from then on a runner has a limited time to leave.
    #[cold]
    #[inline(never)]
    pub(super) fn end_is_awaited(&self, now: Moment) -> bool {
        if self.departure.is_some() {
            // Nothing is over yet. But the supervisor has to look in time at the flush.
            return now.plus(RUNNER_FLUSH_TIMEOUT) < self.wakes_at;
        }
        self.waiting > self.supervising || now.plus(FIRST_PARKED_LOOK) < self.wakes_at
    }

    /// A handler that has used up its own timeout.
    pub(super) fn overdue(&self, now: Moment) -> Option<&Current> {
        self.active.iter().find(|current| current.deadline <= now)
    }

    /// Whether the handler of this turn is still running.
    pub(super) fn is_turn(&self, number: u64) -> bool {
        self.active.turn(number).is_some()
    }

    /// Takes the turn that waits for the caller. Its time begins now.
    pub(super) fn pick_up(&mut self, now: Moment) -> Option<Invocation> {
        let end = self.budget_end;
        let current = self.active.iter_mut().find(|current| current.is_handed_over())?;
        current.begin_anew(now, end);
        current.handed_over.take()
    }
}
