//! Tells the supervisor when a runner thread is really gone, thread-locals of its handlers included.
//!
//! Joining the thread would tell too, but for as long as one of those destructors likes. A thread-local of our own, made first and therefore destroyed last, says it
//! in a way that can be waited for with a limit.

use super::departure;
use core::cell::Cell;

struct Farewell {
    runner: Cell<u32>,
}

thread_local! {
    static FAREWELL: Farewell = const { Farewell { runner: Cell::new(0) } };
}

impl Drop for Farewell {
    fn drop(&mut self) {
        departure::leave(self.runner.get());
    }
}

/// To be called first on a runner thread.
pub(super) fn promise(runner: u32) {
    FAREWELL.with(|farewell| farewell.runner.set(runner));
}
