//! Executes leased handlers one after the other, without the lock of the run.

use crate::fork::identity;
use crate::handler::Rank;
use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::handler::declared::Declared;
use crate::handler::id::HandlerId;
use crate::handler::live;
use crate::registry::Table;
use crate::report::Outcome;
use crate::run::execute::{FASTEST_FORK, outcome, outcome_of_declared};
use crate::run::invocation::Job;
use crate::run::lease::Lease;
use crate::run::settle::Finished;
use core::ops::DerefMut;
use core::time::Duration;
use std::sync::atomic::Ordering;

impl Lease {
    /// Executes the leased handlers that follow `last`, which began then. Afterwards `last` and
    /// `began` are those of the handler that ended last, which the state has not settled.
    #[inline]
    pub(super) fn execute<T: DerefMut<Target = Table>>(
        &self,
        last: &mut Finished,
        began: &mut Moment,
        table: impl Fn() -> T,
    ) {
        if self.count > 0 {
            self.execute_all(last, began, table);
        }
    }

    #[inline(never)]
    fn execute_all<T: DerefMut<Target = Table>>(
        &self,
        last: &mut Finished,
        began: &mut Moment,
        table: impl Fn() -> T,
    ) {
        let mut context = ExitContext {
            reason: self.reason,
            deadline: Moment::NEVER,
            invocation: 0,
            slot: live::FIRST_SLOT,
            live: self.live,
        };
        let (mut number, mut id) = (last.number, last.id);
        let mut is_over = last.outcome != Outcome::Completed;
        for (place, &rank) in self.ranks.iter().take(self.count).enumerate() {
            if is_over || self.latecomers.load(Ordering::Acquire) {
                break;
            }
            let now = (self.clock)();
            // A handler that took longer may have forked; the runner ends the child.
            let is_child = now.since(*began) > FASTEST_FORK && identity::me() != self.process;
            if is_child || now > self.until {
                break;
            }
            context.invocation = number + 1;
            let pass = || self.live.pass(number, place, now);
            let outcome = if rank.is_declared() {
                let begun = self.begin_declared(rank, id, pass, &table);
                let Some((handler, timeout)) = begun else { break };
                bound(&mut context, now, timeout);
                id = None;
                outcome_of_declared(handler.function(), &context)
            } else {
                // A statement of its own, so that the lock is free when the handler runs.
                let begun = table().begin_leased(rank, id, self.timeout, pass);
                let Some((its_own, action, timeout)) = begun else { break };
                bound(&mut context, now, timeout);
                id = Some(its_own);
                outcome(Job::Registered(action), &context)
            };
            (*began, number) = (now, context.invocation);
            if outcome != Outcome::Completed {
                (last.outcome, is_over) = (outcome, true);
            }
        }
        (last.number, last.id) = (number, id);
    }

    /// Begins a declared handler after the one that has just `ended`, and returns its timeout.
    /// `None` when `pass` says that the previous handler was abandoned.
    #[inline(always)]
    fn begin_declared<T: DerefMut<Target = Table>>(
        &self,
        rank: Rank,
        ended: Option<HandlerId>,
        pass: impl FnOnce() -> bool,
        table: impl Fn() -> T,
    ) -> Option<(&'static Declared, Duration)> {
        let handler = self.declared.get(rank.index as usize).filter(|_| pass())?;
        if let Some(id) = ended {
            table().ended(id);
        }
        Some((handler, handler.options.timeout_or(self.timeout)))
    }
}

#[inline(always)]
fn bound(context: &mut ExitContext, now: Moment, timeout: Duration) {
    context.deadline = now.plus(timeout);
    #[cfg(all(feature = "sd-notify", unix))]
    crate::run::systemd::allow_until(context.deadline);
}
