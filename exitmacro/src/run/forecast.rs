//! Tells before the run that it may take longer than it has, where somebody wants to know.

use super::line::{Took, say};
use super::{Limits, LogLevel};
use crate::handler::declared::Declared;
use crate::handler::moment::Moment;
use crate::handler::registered::Table;
use crate::plan::{self, Interrupt, Plan};
use core::time::Duration;

/// How long the run takes at worst by the timeouts that are stated, where that is more than what is left of the budget. Not looked for any longer than until `end`.
pub(super) fn too_long(declared: &[Declared], owned: bool, table: &Table, limits: Limits, left: Duration, end: Moment) -> Option<Duration> {
    if limits.log < LogLevel::Info {
        return None;
    }
    let waiting: Vec<_> = plan::declared_ranks(declared, owned).collect();
    let plan = Plan::of(declared, &waiting, table, limits.bounds(), &mut Interrupt::new(&mut || Moment::now() < end));
    let worst_case = plan.stated_worst_case();
    (worst_case > left).then_some(worst_case)
}

pub(super) fn warn(worst_case: Duration, budget: Duration) {
    say(format_args!(
        "the exit handlers may take up to {} if all use up the timeouts that are stated, more than the budget of {}",
        Took(worst_case),
        Took(budget)
    ));
}
