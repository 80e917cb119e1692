//! Warns before the run that it may take longer than its budget, if the log level asks for that.

use crate::config::{Bounds, Config, LogLevel};
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

/// How long the run takes at worst by the configured timeouts, if that is more than the remaining
/// budget. The search ends at `end`.
pub(super) fn too_long(
    declared: &[Declared],
    owned: bool,
    table: &Table,
    config: &Config,
    left: Duration,
    end: Moment,
) -> Option<Duration> {
    if config.log < LogLevel::Info {
        return None;
    }
    let worst_case = match Scheduling::asked_for_by(declared, table) {
        Some(scheduling) => {
            let mut waiting = Vec::new();
            waiting.extend(declared_ranks(declared, owned));
            (scheduling.stated_worst_case)(
                declared,
                &waiting,
                table,
                config.bounds,
                &mut Interrupt::new(&mut || Moment::now() < end),
            )
        }
        None => sequential_worst_case(declared, owned, table, config.bounds),
    };
    (worst_case > left).then_some(worst_case)
}

/// The worst case of handlers that run one after the other.
fn sequential_worst_case(
    declared: &[Declared],
    owned: bool,
    table: &Table,
    bounds: Bounds,
) -> Duration {
    let mut worst_case = Duration::ZERO;
    // A loop, because `fold` would be compiled for each part of the chain.
    for rank in declared_ranks(declared, owned).chain(table.ranks()) {
        if let Some(options) = View::at(rank, declared, table).map(View::options)
            && (options.timeout.is_some() || bounds.is_timeout_stated)
        {
            worst_case = worst_case.saturating_add(options.timeout_or(bounds.timeout));
        }
    }
    worst_case
}

pub(super) fn warn(worst_case: Duration, budget: Duration) {
    say(format_args!(
        "the exit handlers may take up to {} by their configured timeouts, \
         more than the budget of {}",
        Took(worst_case),
        Took(budget)
    ));
}
