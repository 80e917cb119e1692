//! What limits the time of a handler: its own timeout, or its part of the budget.

use crate::handler::clock::{Moment, nanoseconds};
use crate::registry::Table;
use crate::report::Limit;
use crate::run::state::Run;
use crate::times::ASYNC_DROP_TIMEOUT;
use core::time::Duration;

/// With less time left, a handler may use all of it: a tenth of it would be useless to the others.
const LEAST_SHARED: Duration = Duration::from_millis(100);

impl Run {
    /// What limits the time of a handler that starts now: its timeout, or its part of the budget.
    /// If others wait, a tenth of what is left is kept for them.
    pub(super) fn limit(
        &self,
        timeout: Duration,
        keeps_time: bool,
        now: Moment,
        table: &Table,
    ) -> Limit {
        let left = if self.budget_end == Moment::NEVER {
            Duration::MAX
        } else {
            self.budget_end.since(now)
        };
        let tenth = self.budget_end.since(self.budget_end.without_tenth(now));
        let is_shared = left >= LEAST_SHARED && self.order.has_left(table);
        let kept = if is_shared {
            tenth
        } else if keeps_time {
            ASYNC_DROP_TIMEOUT.min(tenth)
        } else {
            Duration::ZERO
        };
        // `Duration::saturating_sub` contains a panic that no durations reach.
        let share = Duration::from_nanos(nanoseconds(left).saturating_sub(nanoseconds(kept)));
        if timeout <= share || left == Duration::MAX {
            Limit::Timeout(timeout)
        } else if kept.is_zero() {
            Limit::Budget {
                left,
                budget: self.terms.as_ref().map_or(left, |terms| terms.config.bounds.budget),
            }
        } else {
            Limit::Share { share, left }
        }
    }
}
