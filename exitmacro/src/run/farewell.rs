//! Tells the supervisor when a runner thread is really gone, thread-locals of its handlers
//! included.
//!
//! Joining the thread would tell too, but for as long as one of those destructors likes. Where libc
//! can call us behind all of them, it does. Elsewhere a thread-local of our own, made first and
//! therefore destroyed last, says it; the destructors that C libraries have for the thread may run
//! later still. Both can be waited for with a limit.

use super::departure;
use crate::sys;
use core::cell::Cell;

struct Farewell {
    runner: Cell<u32>,
}

thread_local! {
    static FAREWELL: Farewell = const { Farewell { runner: Cell::new(0) } };
}

impl Drop for Farewell {
    fn drop(&mut self) {
        departure::leave(self.runner.get(), false);
    }
}

struct Hook;

impl sys::ThreadEndHook for Hook {
    fn thread_ends(runner: u32) {
        departure::leave(runner, true);
    }
}

/// To be called first on a runner thread.
pub(super) fn promise(runner: u32) {
    if !sys::at_thread_end::<Hook>(runner) {
        FAREWELL.with(|farewell| farewell.runner.set(runner));
    }
}
