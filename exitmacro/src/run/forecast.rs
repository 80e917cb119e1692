//! Warns before the run that it may take longer than its budget, if the log level asks for that.

use crate::config::{Bounds, Config, LogLevel};
use crate::handler::Rank;
use crate::handler::clock::Moment;
use crate::handler::declared::Declared;
use crate::order::interrupt::Interrupt;
use crate::order::scheduling::Scheduling;
use crate::order::sort::declared_ranks;
use crate::registry::Table;
use crate::registry::view::View;
use crate::report::line::say;
use crate::text::duration::Took;
use core::time::Duration;

/// A run that may take longer than it may.
pub(super) struct TooLong {
    /// How long it takes at worst by the configured timeouts.
    worst_case: Duration,
    /// What is left of the budget, if the worst case would fit into the whole of it.
    left: Option<Duration>,
}

impl TooLong {
    /// Up to a tenth of the budget counts as unused: a signal takes a moment to arrive.
    fn of(worst_case: Duration, budget: Duration, left: Duration) -> Option<Self> {
        if worst_case > budget {
            return Some(Self { worst_case, left: None });
        }
        let is_used = budget.saturating_sub(left) > budget / 10;
        (is_used && worst_case > left).then_some(Self { worst_case, left: Some(left) })
    }
}

/// Whether the configured timeouts take more than the budget, or than is left of it. The search
/// ends at `end`.
#[inline(never)]
pub(super) fn too_long(
    declared: &[Declared],
    owned: bool,
    table: &Table,
    config: &Config,
    left: Duration,
    end: Moment,
) -> Option<TooLong> {
    if config.log < LogLevel::Info {
        return None;
    }
    let worst_case = match Scheduling::asked_for_by(declared, table) {
        Some(scheduling) => (scheduling.stated_worst_case)(
            declared,
            owned,
            table,
            config.bounds,
            &mut Interrupt::at(end, Moment::now),
        ),
        None => sequential_worst_case(declared, owned, table, config.bounds),
    };
    TooLong::of(worst_case, config.bounds.budget, left)
}

/// The worst case of handlers that run one after the other.
fn sequential_worst_case(
    declared: &[Declared],
    owned: bool,
    table: &Table,
    bounds: Bounds,
) -> Duration {
    let mut worst_case = Duration::ZERO;
    // Two loops, because a chain of both takes more code.
    for rank in declared_ranks(declared, owned) {
        add_stated(&mut worst_case, rank, declared, table, bounds);
    }
    for rank in table.ranks() {
        add_stated(&mut worst_case, rank, declared, table, bounds);
    }
    worst_case
}

/// Adds the timeout of a handler, if it is configured.
#[inline(never)]
fn add_stated(
    sum: &mut Duration,
    rank: Rank,
    declared: &[Declared],
    table: &Table,
    bounds: Bounds,
) {
    if let Some(options) = View::at(rank, declared, table).map(View::options)
        && (options.timeout.is_some() || bounds.is_timeout_stated)
    {
        *sum = sum.saturating_add(options.timeout_or(bounds.timeout));
    }
}

pub(super) fn warn(TooLong { worst_case, left }: TooLong, budget: Duration) {
    let (worst_case, budget) = (Took(worst_case), Took(budget));
    match left.map(Took) {
        None => say(format_args!(
            "the exit handlers may take up to {worst_case} by their configured timeouts, \
             more than the budget of {budget}"
        )),
        Some(left) => say(format_args!(
            "the exit handlers may take up to {worst_case} by their configured timeouts, \
             more than the {left} that are left of the budget of {budget}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether there is something to say, and what is left of the budget then, in milliseconds.
    fn forecast(worst_case: u64, left: u64) -> Option<Option<u128>> {
        let [worst_case, budget, left] = [worst_case, 10_000, left].map(Duration::from_millis);
        let too_long = TooLong::of(worst_case, budget, left)?;
        Some(too_long.left.map(|left| left.as_millis()))
    }

    #[test]
    fn what_does_not_fit_into_the_whole_budget_is_compared_with_it() {
        assert_eq!([10_000, 5_000].map(|left| forecast(10_001, left)), [Some(None); 2]);
    }

    #[test]
    fn a_moment_after_the_signal_the_budget_counts_as_whole() {
        assert_eq!([10_000, 9_999, 9_000].map(|left| forecast(10_000, left)), [None; 3]);
    }

    #[test]
    fn what_a_grace_has_used_up_is_no_longer_there() {
        assert_eq!(forecast(10_000, 8_999), Some(Some(8_999)));
        assert_eq!(forecast(7_000, 7_000), None);
        assert_eq!(forecast(7_001, 7_000), Some(Some(7_000)));
        assert_eq!(forecast(1, 0), Some(Some(0)));
    }
}
