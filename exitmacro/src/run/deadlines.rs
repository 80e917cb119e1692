//! What the supervisor reads from the state.

use crate::handler::clock::Moment;
use crate::run::active::Current;
use crate::run::invocation::Invocation;
use crate::run::state::Run;
use crate::times::{FIRST_PARKED_LOOK, RUNNER_FLUSH_TIMEOUT};

impl Run {
    /// When the time of the first running handler expires.
    #[inline(never)]
    pub(super) fn next_deadline(&self) -> Moment {
        let mut first = Moment::NEVER;
        // A loop, because `min` would be compiled for both parts of the chain.
        for current in self.active.iter() {
            first = first.min(current.deadline);
        }
        first
    }

    /// Whether the caller has used up the time of the handler that it was handed, or of the run. On
    /// a busy machine the caller may not have taken the handler yet: then its time starts again
    /// here.
    pub(super) fn caller_hangs_in(&mut self, invocation: u64, now: Moment) -> bool {
        let end = self.budget_end;
        let overdue = self
            .active
            .iter_mut()
            .find(|current| current.number == invocation && current.deadline <= now);
        let hangs = overdue.is_some_and(|current| {
            let has_begun = !current.is_handed_over();
            if !has_begun {
                current.restart_time(now, end);
            }
            has_begun
        });
        hangs || self.is_budget_spent(now)
    }

    /// Whether a waiting thread would notice the end of the run too late without a wake-up. The
    /// last runner wakes the supervisor when its thread ends. The end of the run wakes it too,
    /// unless it wakes up soon by itself: from then on a runner has a limited time to end.
    #[cold]
    #[inline(never)]
    pub(super) fn end_is_awaited(&self, now: Moment) -> bool {
        if self.departure.is_some() {
            // The run has not finished. But the supervisor has to check the flush in time.
            return now.plus(RUNNER_FLUSH_TIMEOUT) < self.wakes_at;
        }
        self.waiting > self.supervising || now.plus(FIRST_PARKED_LOOK) < self.wakes_at
    }

    /// A handler whose time has expired.
    pub(super) fn overdue(&self, now: Moment) -> Option<&Current> {
        self.active.overdue(now)
    }

    /// Whether the handler of this invocation is still running.
    pub(super) fn is_running(&self, number: u64) -> bool {
        self.active.get(number).is_some()
    }

    /// Whether an invocation waits for the caller.
    pub(super) fn has_handed_over(&self) -> bool {
        self.active.handed_over().is_some()
    }

    /// Takes the invocation that was handed over to the caller. Its time begins now.
    pub(super) fn take_handed_over(&mut self, now: Moment) -> Option<Invocation> {
        let end = self.budget_end;
        let current = self.active.iter_mut().find(|current| current.is_handed_over())?;
        current.restart_time(now, end);
        current.handed_over.take()
    }
}
