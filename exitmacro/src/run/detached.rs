//! The run at the end of a process whose other threads the system has ended: Windows, when another
//! module calls `ExitProcess`. What is left runs on the calling thread, without timeouts. A lock
//! that is not free now never will be.

use crate::config::read::config;
use crate::handler::clock::Moment;
use crate::handler::declared::handlers;
use crate::registry;
use crate::report::line::say;
use crate::report::words::End;
use crate::run::active::Worker;
use crate::run::drive;
use crate::run::ending::{Ending, may_begin};
use crate::run::enter::enter;
use crate::run::global::{RUN, is_finished, state};
use crate::run::state::Phase;
use crate::run::supervision::{abandon, execute_handed_over};
use crate::run::trigger::Trigger;
use crate::sys::Locked;

/// Runs the handlers that have not run; those that are running are reported by `end`. Returns the
/// status that they ask for.
pub(crate) fn run_the_rest(end: End) -> Option<i32> {
    if is_finished() {
        return None;
    }
    let phase = match phase_if_free() {
        Ok(phase) => phase,
        Err(phase) => {
            say_lost(phase);
            return None;
        }
    };
    match phase {
        Phase::Running => continue_run(end),
        Phase::Idle if may_begin() => drop(enter(Trigger::Detach, &config(), || (), None)),
        Phase::Idle | Phase::Finished => return None,
    }
    Ending::of(&state()).code
}

/// The phase of the run. An error if a thread that was ended has one of the two locks; with the
/// phase, if it has only that of the table.
fn phase_if_free() -> Result<Phase, Option<Phase>> {
    let run = RUN.try_lock().map(Locked::new).map_err(|_| None)?;
    registry::table_if_free().map(|_| run.phase).ok_or(Some(run.phase))
}

/// Reports that no handler runs any more, and names those of which it is known that they have not.
fn say_lost(phase: Option<Phase>) {
    say(format_args!(
        "another module ended the process while a thread had the lock of the exit handlers: \
         those that have not run do not run"
    ));
    let declared: &[_] = if phase == Some(Phase::Idle) { handlers() } else { &[] };
    for handler in declared {
        say(format_args!("handler `{}` ({}) did not run", handler.name(), handler.location()));
    }
}

/// Does the rest of a run whose threads have ended.
fn continue_run(end: End) {
    let now = Moment::now();
    loop {
        let run = state();
        if run.has_handed_over() {
            execute_handed_over(run, now);
            continue;
        }
        let Some(number) = run.active.iter().next().map(|current| current.number) else { break };
        if !abandon(run, number, end, now, None) {
            break;
        }
    }
    let mut run = state();
    run.is_delivering = false;
    run.note_no_supervisor();
    drop(run);
    drive::drive(Worker::caller());
}
