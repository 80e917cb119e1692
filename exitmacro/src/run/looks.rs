//! Whether a thread that another thread waits for continues before the run has finished.

use crate::borrows;
use crate::handler::clock::Moment;
use crate::run::global::state;
use crate::run::park_watch::CheckTimes;
use crate::run::stopped::Stopped;
use crate::sys::{self, ThreadKey, ThreadWatch};

/// Checks at growing intervals whether std has parked a thread that is waited for: std reports that
/// nowhere.
pub(crate) struct Looks {
    /// `None` where the system does not show what a thread does.
    times: Option<CheckTimes>,
}

impl Looks {
    pub(crate) fn new() -> Self {
        Self { times: ThreadWatch::CAN_LOOK.then(|| CheckTimes::since(Moment::now())) }
    }

    fn is_time(&mut self) -> bool {
        let Some(times) = &mut self.times else { return false };
        let now = Moment::now();
        let is_time = times.next <= now;
        if is_time {
            times.note_check(now);
        }
        is_time
    }

    /// Why the thread does not continue, if it does not.
    pub(crate) fn why_stopped(&mut self, thread: ThreadKey, watch: ThreadWatch) -> Option<Stopped> {
        why_stopped(thread)
            .or_else(|| (self.is_time() && watch.is_parked()).then_some(Stopped::Parked))
    }

    /// Why the cell at that address stays borrowed until the run has finished: a stopped thread has
    /// a guard of it.
    pub(crate) fn why_borrowed(&mut self, cell: usize) -> Option<Stopped> {
        why_borrowed(cell).or_else(|| {
            (self.is_time() && borrows::is_borrowed_by(cell, ThreadWatch::is_parked))
                .then_some(Stopped::Parked)
        })
    }
}

/// Why that thread does not continue before the run has finished, so that waiting for it is
/// useless; `None` when it continues.
fn why_stopped(thread: ThreadKey) -> Option<Stopped> {
    if thread == sys::thread_key() {
        Some(Stopped::Asking)
    } else {
        let run = state();
        run.stopped.why_stopped(thread, &run.exiting)
    }
}

/// Why the cell at that address stays borrowed until the run has finished: a stopped thread has a
/// guard of it.
fn why_borrowed(cell: usize) -> Option<Stopped> {
    if borrows::borrowed().contains(&cell) {
        Some(Stopped::Asking)
    } else {
        let run = state();
        run.stopped.why_borrowed(cell, &run.exiting)
    }
}
