//! A handler begins: what limits its time, on which thread, and what it is told.

use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::handler::live;
use crate::registry::Table;
use crate::report::{HandlerThread, Limit};
use crate::run::active::{Current, Worker};
use crate::run::invocation::{Dequeued, Invocation};
use crate::run::state::Run;
use crate::run::step::Step;
use crate::times::ASYNC_DROP_TIMEOUT;
use core::time::Duration;

/// What limits the time of a handler, and when it expires.
struct Deadlines {
    limit: Limit,
    /// What the handler is told.
    own: Moment,
    /// When the supervisor abandons it.
    supervised: Moment,
}

impl Run {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn invoke(
        &mut self,
        dequeued: Dequeued,
        now: Moment,
        table: &Table,
        worker: Worker,
    ) -> Step {
        let Dequeued { place, subject, id, job, timeout, wants_caller, keeps_time, .. } = dequeued;
        self.invocations += 1;
        let (number, slot) = (self.invocations, self.free_slot());
        self.live.set_invocation(slot, number);
        let Deadlines { limit, own, supervised } = self.deadlines(timeout, keeps_time, now, table);
        let context = ExitContext {
            reason: self.reason(),
            deadline: own,
            invocation: number,
            slot,
            live: self.live,
        };
        let invocation = Invocation { number, id, job, context };
        let caller = wants_caller.then(|| self.caller_in_place_of(worker)).flatten();
        let (worker, handed_over, step) = match caller {
            Some(caller) => (caller, Some(invocation), Step::HandedOver(number)),
            None => (worker, None, Step::Execute(invocation)),
        };
        self.active.push(Current {
            number,
            slot,
            deadline: supervised,
            started: now,
            worker,
            place,
            subject,
            limit,
            handed_over,
        });
        step
    }

    /// What limits a handler that starts now, and when its time expires.
    #[inline(always)]
    fn deadlines(
        &self,
        timeout: Duration,
        keeps_time: bool,
        now: Moment,
        table: &Table,
    ) -> Deadlines {
        let timeout_end = now.plus(timeout);
        // Most timeouts are a small part of what is left, so that nothing else limits the handler,
        // whatever waits.
        let is_short = timeout_end <= self.budget_end.without_tenth(now);
        let limit = if is_short {
            Limit::Timeout(timeout)
        } else {
            self.limit(timeout, keeps_time, now, table)
        };
        let own = if is_short { timeout_end } else { now.plus(limit.duration()) };
        // If the whole budget is the limit, the end of the budget ends the handler.
        let end = if matches!(limit, Limit::Budget { .. }) { timeout_end } else { own };
        let supervised = if keeps_time { end.plus(ASYNC_DROP_TIMEOUT) } else { end };
        Deadlines { limit, own, supervised }
    }

    /// The caller, if it can execute a handler in place of this worker.
    #[inline(always)]
    fn caller_in_place_of(&self, worker: Worker) -> Option<Worker> {
        self.terms
            .as_ref()
            .filter(|terms| {
                !terms.awaited && worker.on == HandlerThread::Runner && !self.caller_lost
            })
            .map(|terms| terms.caller)
    }

    fn free_slot(&self) -> u8 {
        if self.active.is_empty() {
            return live::FIRST_SLOT;
        }
        let is_free = |slot: &u8| self.active.iter().all(|current| current.slot != *slot);
        (0..=u8::MAX).find(is_free).unwrap_or(live::FIRST_SLOT)
    }
}
