//! Executes leased handlers one after the other, without the lock of the run.

use crate::fork::identity;
use crate::handler::Queued;
use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::handler::declared::Declared;
use crate::handler::id::HandlerId;
use crate::handler::live;
use crate::registry::Table;
use crate::report::Outcome;
use crate::run::execute::{FASTEST_FORK, call_declared, call_registered};
use crate::run::lease::{Lease, Reach};
use crate::run::settle::Finished;
#[cfg(all(feature = "sd-notify", unix))]
use crate::run::systemd;
use core::ops::DerefMut;
use core::time::Duration;
use std::sync::atomic::Ordering;

impl Lease {
    /// Executes the leased handlers that follow `last`, which began then. Afterwards `last` and
    /// `began` are those of the handler that ended last, which the state has not settled.
    #[inline]
    pub(super) fn execute<T: DerefMut<Target = Table>>(
        &mut self,
        last: &mut Finished,
        began: &mut Moment,
        table: impl Fn() -> T,
    ) {
        if let Some(lane) = self.lane.take() {
            self.execute_lane(lane, last);
        } else if self.count > 0 {
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
        let (mut number, mut id, mut reach) = (last.number, last.id, self.reach);
        let mut action = None;
        let mut completes = last.outcome == Outcome::Completed;
        let leased = self.handlers.get(..self.count).unwrap_or_default();
        for (place, &handler) in leased.iter().enumerate() {
            if !completes || self.latecomers.load(Ordering::Acquire) {
                break;
            }
            let now = (self.clock)();
            // A handler that took longer may have forked; the runner ends the child.
            if now.since(*began) > FASTEST_FORK && identity::me() != self.process {
                break;
            }
            context.invocation = number + 1;
            let begins = |timeout| {
                self.bound(timeout, now, &mut reach, &mut context)
                    && self.live.pass(number, place, now)
            };
            if handler.is_declared() {
                let Some(handler) = self.begin_declared(handler, id, begins, &table) else { break };
                id = None;
                #[cfg(all(feature = "sd-notify", unix))]
                systemd::allow_until(context.deadline);
                completes = call_declared(handler.function(), &context, &mut last.outcome);
            } else {
                // A statement of its own, so that the lock is free when the handler runs.
                let begun = table().begin_leased(handler, id, begins, &mut action);
                if begun.is_none() {
                    break;
                }
                id = begun;
                #[cfg(all(feature = "sd-notify", unix))]
                systemd::allow_until(context.deadline);
                completes = call_registered(&mut action, &context, &mut last.outcome);
            }
            (*began, number) = (now, context.invocation);
        }
        (last.number, last.id) = (number, id);
    }

    /// Begins a declared handler after the one that has just `ended`. `None` when it is not simple
    /// or `begins` refuses its timeout.
    #[inline(always)]
    fn begin_declared<T: DerefMut<Target = Table>>(
        &self,
        handler: Queued,
        ended: Option<HandlerId>,
        begins: impl FnOnce(Option<Duration>) -> bool,
        table: impl Fn() -> T,
    ) -> Option<&'static Declared> {
        let handler = self.declared.get(handler.index() as usize)?;
        if !handler.options.simple_timeout().is_some_and(begins) {
            return None;
        }
        if let Some(id) = ended {
            table().ended(id);
        }
        Some(handler)
    }

    /// Bounds the time of a simple handler with that timeout, or none of its own, that starts
    /// `now`; `false` when more than that limits it.
    #[inline(always)]
    fn bound(
        &self,
        timeout: Option<Duration>,
        now: Moment,
        reach: &mut Reach,
        context: &mut ExitContext,
    ) -> bool {
        let timeout = timeout.unwrap_or(self.timeout);
        if timeout != reach.timeout {
            if timeout < reach.timeout {
                return false;
            }
            *reach = Reach::of(timeout, self.budget_end);
        }
        context.deadline = now.plus_nanoseconds(reach.nanoseconds);
        now <= reach.until
    }
}
