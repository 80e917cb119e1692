//! Tells before the run that it may take longer than it has, where somebody wants to know.

use super::line::{Took, say};
use super::{Limits, LogLevel};
use crate::handler::declared::Declared;
use crate::handler::registered::Table;
use crate::plan::{self, Plan};
use core::time::Duration;

/// How long the run takes at worst, where that is more than what is left of the budget.
pub(super) fn too_long(declared: &[Declared], owned: bool, table: &Table, limits: Limits, used: Duration) -> Option<Duration> {
    if limits.log < LogLevel::Info {
        return None;
    }
    let waiting: Vec<_> = plan::declared_ranks(declared, owned).collect();
    let worst_case = Plan::of(declared, &waiting, table, limits.bounds()).worst_case();
    (worst_case > limits.budget.saturating_sub(used)).then_some(worst_case)
}

pub(super) fn warn(worst_case: Duration, budget: Duration) {
    say(format_args!("the exit handlers may take up to {} if all use up their timeouts, more than the budget of {}", Took(worst_case), Took(budget)));
}
