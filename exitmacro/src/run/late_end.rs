//! Ends a process that an abandoned handler keeps from its end: its thread may have a lock that
//! libc needs to start a thread for the other handlers, or for what it does after them.
//!
//! No thread of this process can be relied on then, so the kernel keeps the time.

use crate::fork::identity;
use crate::handler::clock::Moment;
use crate::report::line::Line;
use crate::run::end_time::latest_end;
use crate::run::global::LIVE;
use crate::run::state::Run;
use crate::sys;
use crate::times::LATE_END_TIMEOUT;
use core::ffi::c_int;
use std::sync::atomic::{AtomicU64, Ordering};

/// The process that has the timer; 0 before there is one.
static TIMED: AtomicU64 = AtomicU64::new(0);

/// Has the process end when all that has a limit should be over, if it is not to continue after the
/// run. To be called when a handler was abandoned.
pub(super) fn bound_end(run: &Run, now: Moment) {
    let me = identity::me();
    if let Some(terms) = run.terms.as_ref().filter(|_| run.ends_process())
        && TIMED.swap(me, Ordering::Relaxed) != me
    {
        let end = latest_end(&terms.config, run.budget_end()).plus(LATE_END_TIMEOUT);
        sys::call_after(end.since(now), time_is_up);
    }
}

/// Called in an OS handler, so async-signal-safe.
extern "C" fn time_is_up(_signal: c_int) {
    // A forked child has the OS handler, but not the timer.
    if TIMED.load(Ordering::Relaxed) != identity::me() {
        return;
    }
    let mut line = Line::without_memory();
    line.start();
    line.push("the process should have ended by now; perhaps an abandoned handler has a lock that");
    line.push(" is needed at the end. It ends without waiting");
    line.end();
    line.print_in_signal_handler();
    sys::exit_now(LIVE.code_to_end_with())
}
