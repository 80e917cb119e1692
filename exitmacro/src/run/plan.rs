//! The plan of the handlers that have not started.

use crate::config::Bounds;
use crate::handler::clock::Moment;
use crate::handler::declared::handlers;
use crate::order::interrupt::Interrupt;
use crate::order::sort::declared_ranks;
use crate::plan::Plan;
use crate::registry;
use crate::run::global::state;
use crate::run::state::Phase;

/// The handlers that would run, in order.
pub(crate) fn plan(bounds: Bounds) -> Plan {
    let run = state();
    let mut table = registry::table();
    let owns_declared = registry::owns_declared(&mut table);
    let waiting: Vec<_> = match run.phase {
        Phase::Idle => declared_ranks(handlers(), owns_declared).collect(),
        Phase::Running => run.declared_left(),
        Phase::Finished => Vec::new(),
    };
    // The same time limit as at exit: the plan shows what would happen, and a thread that wants to
    // exit waits no longer.
    let end = Moment::now().plus(bounds.budget / 10);
    Plan::with_longest(handlers(), &waiting, &table, bounds, &mut Interrupt::at(end, Moment::now))
}
