//! The plan of the handlers that wait.

use crate::config::Bounds;
use crate::fork::ownership;
use crate::handler::clock::Moment;
use crate::handler::declared::HANDLERS;
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
    let given_away = ownership::given_away();
    if let Some(up_to) = given_away {
        table.make_foreign(up_to);
    }
    let waiting: Vec<_> = match run.phase {
        Phase::Idle => {
            declared_ranks(&HANDLERS, ownership::owns_declared() && given_away.is_none()).collect()
        }
        Phase::Running => run.declared_left(),
        Phase::Finished => Vec::new(),
    };
    // As long as at exit: what the plan shows is what happens, and nothing that wants to exit waits
    // for longer.
    let end = Moment::now().plus(bounds.budget / 10);
    Plan::of(&HANDLERS, &waiting, &table, bounds, &mut Interrupt::new(&mut || Moment::now() < end))
}
