//! What a forked child says about the handlers of its parent, which it does not run.

use crate::config::LogLevel;
use crate::fork::identity;
use crate::fork::ownership::{self, ParentsHandlers};
use crate::handler::declared::handlers;
use crate::registry::Table;
use crate::report::line::say;

/// Whether the process of this number was forked, and does not run handlers of its parent.
pub(super) fn are_left_out(process: u64, table: &Table) -> bool {
    identity::is_forked(process)
        && !ownership::is_owner(process)
        && (handlers().iter().any(|handler| !handler.options.inherit) || table.has_foreign())
}

/// Says, at the end of such a process, whether its parent's handlers are lost. That they run
/// elsewhere is no news, except to those who look for something.
pub(super) fn say_left_out(log: LogLevel) {
    match ownership::parents_handlers() {
        ParentsHandlers::Lost(owner) => say(format_args!(
            "the exit handlers of process {owner} did not run: \
             it ended without running them, and no forked child has adopted them; \
             a daemon calls `exitmacro::adopt` right after the fork"
        )),
        ParentsHandlers::Elsewhere if log >= LogLevel::Info => say(format_args!(
            "this process was forked: it runs only the exit handlers that it registered itself; \
             those of its parent stay there unless it calls `exitmacro::adopt`"
        )),
        ParentsHandlers::Elsewhere => {}
    }
}
