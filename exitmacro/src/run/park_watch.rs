//! Finds handlers whose threads std has parked.
//!
//! A handler that calls `std::process::exit` while another thread is inside libc's `exit` never
//! returns: std parks its thread without a message. Its timeout would end that, ten seconds later.
//! Where the system shows what a thread is doing, the supervisor checks at growing intervals, and
//! abandons the handler at once.

use crate::environment::Environment;
use crate::handler::clock::{Moment, nanoseconds};
use crate::report::HandlerThread;
use crate::run::active::{Active, Current, Worker};
use crate::sys::{self, ThreadKey};
use crate::threads;
use crate::times::{FIRST_PARKED_LOOK, RAREST_PARKED_LOOK};
use core::time::Duration;

/// When to look at a thread next, at growing intervals.
#[derive(Clone, Copy)]
pub(super) struct CheckTimes {
    pub(super) next: Moment,
    pause: Duration,
}

impl CheckTimes {
    /// For a thread that may have been parked since `start`.
    pub(super) fn since(start: Moment) -> Self {
        Self { next: start.plus(FIRST_PARKED_LOOK), pause: FIRST_PARKED_LOOK }
    }

    pub(super) fn note_check(&mut self, now: Moment) {
        self.next = now.plus(self.pause);
        // Not by `*`, which would panic for durations that are not reached here.
        let twice = nanoseconds(self.pause).saturating_mul(2);
        self.pause = Duration::from_nanos(twice).min(RAREST_PARKED_LOOK);
    }
}

/// How much of its stack a runner may use, and is found: all but what libc may keep there, and
/// less, so that no other thread has its stack there.
fn known_stack() -> usize {
    // For the value of a variable, std would abort the process.
    if sys::is_starved() {
        return 0;
    }
    threads::size_of_stacks(&Environment::of_this_process()) / 2
}

/// Whether that thread may be one that std has parked.
pub(super) fn might_be_parked(worker: Worker) -> bool {
    // The other thread that executes handlers has called `exit` already. There std panics.
    let stack = if worker.on == HandlerThread::Runner { known_stack() } else { 0 };
    sys::might_be_parked(worker.thread, stack)
}

/// A handler that is checked.
#[derive(Clone, Copy)]
struct Suspect {
    invocation: u64,
    times: CheckTimes,
}

pub(super) struct ParkWatch {
    suspects: Vec<Suspect>,
}

impl ParkWatch {
    pub(super) fn new() -> Self {
        Self { suspects: Vec::new() }
    }

    pub(super) fn next_check(&self) -> Moment {
        self.suspects.iter().map(|suspect| suspect.times.next).min().unwrap_or(Moment::NEVER)
    }

    /// A handler that is due for a check.
    #[inline(never)]
    pub(super) fn next_suspect(
        &mut self,
        active: &Active,
        now: Moment,
    ) -> Option<(u64, ThreadKey)> {
        self.suspects.retain(|suspect| active.get(suspect.invocation).is_some());
        for current in active.iter() {
            if current.worker.on == HandlerThread::Runner && self.is_due(current, now) {
                return Some((current.number, current.worker.thread));
            }
        }
        None
    }

    /// Not inlined, as a loop over the running handlers is compiled for both parts of their chain.
    #[inline(never)]
    fn is_due(&mut self, current: &Current, now: Moment) -> bool {
        if let Some(suspect) =
            self.suspects.iter().find(|suspect| suspect.invocation == current.number)
        {
            return suspect.times.next <= now;
        }
        // Without memory for the entry, its timeout ends the handler.
        if self.suspects.try_reserve(1).is_ok() {
            // The handler may have been running for a while: not each start wakes the supervisor.
            let times = CheckTimes::since(current.started);
            let suspect = Suspect { invocation: current.number, times };
            sys::push_reserved(&mut self.suspects, suspect);
            return times.next <= now;
        }
        false
    }

    /// Checks whether std has parked the thread. `true` is certain: such a thread never returns.
    pub(super) fn is_parked_for_good(
        &mut self,
        invocation: u64,
        thread: ThreadKey,
        now: Moment,
    ) -> bool {
        let Some(suspect) =
            self.suspects.iter_mut().find(|suspect| suspect.invocation == invocation)
        else {
            return false;
        };
        suspect.times.note_check(now);
        sys::is_parked(thread, known_stack())
    }
}
