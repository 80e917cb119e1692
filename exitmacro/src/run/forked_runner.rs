//! How a child of this process ends whose only thread executed handlers of its parent: one of them
//! forked.

use crate::fork::identity;
use crate::run::global::LIVE;
use crate::{engine, sys};

/// Ends a forked child by libc's `exit`, or as that does.
pub(super) fn exit_child(code: i32) -> ! {
    if sys::is_exit_held()
        && let Some(engine) = engine::or_end(Some(code))
    {
        (engine.process_ends)(Some(code));
    }
    sys::exit(code)
}

/// Ends a child of this process that was made by a bare system call, so that no fork handler ran:
/// threads that it does not have may have left locks held, and it would take the run of its parent
/// for its own. A child of a proper `fork` has a number, and a clean state without invocations; it
/// continues.
pub(super) fn end_unknown_child(process: u64) {
    if identity::noted() != process && identity::noted() == identity::me() {
        return;
    }
    sys::exit_now(LIVE.code_to_end_with());
}
