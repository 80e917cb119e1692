//! Child processes that no handler has ended, because its time or the budget was used up.

use crate::run::global::state;
use crate::sys::StaticRef;

/// Kills the child processes that live and are this process's to end. Set by the first child, so
/// that other programs do not contain it.
pub(crate) static KILL: StaticRef<fn()> = StaticRef::new();

/// To be called by the thread that ends the process, after the run.
///
/// After a run that had the time for each handler, nothing is killed: a child that lives then was
/// left alone on purpose, by `EXITMACRO_SKIP`.
pub(crate) fn kill() {
    let Some(kill) = KILL.get() else { return };
    let run = state();
    let is_due = run.out_of_budget || run.has_timed_out;
    drop(run);
    if is_due {
        kill();
    }
}
