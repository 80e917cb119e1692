//! Finds handlers that std parked.
//!
//! A handler that calls `std::process::exit` while another thread is inside libc's `exit` never
//! comes back: std stops its thread, without a word. Its timeout would end that, ten seconds later.
//! Where the system shows what a thread is doing, the supervisor looks now and then, less and less
//! often, and goes on at once.

use crate::handler::clock::Moment;
use crate::report::HandlerThread;
use crate::run::active::{Active, Current};
use crate::sys::ThreadWatch;
use crate::times::{FIRST_PARKED_LOOK, RAREST_PARKED_LOOK};
use core::time::Duration;

/// When to look at a thread next: less and less often.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) next: Moment,
    pause: Duration,
}

impl Times {
    /// For a thread that may have been parked since then.
    pub(super) fn since(start: Moment) -> Self {
        Self { next: start.plus(FIRST_PARKED_LOOK), pause: FIRST_PARKED_LOOK }
    }

    pub(super) fn looks(&mut self, now: Moment) {
        self.next = now.plus(self.pause);
        self.pause = (self.pause * 2).min(RAREST_PARKED_LOOK);
    }
}

/// What is known of one handler.
#[derive(Clone, Copy)]
struct Suspect {
    turn: u64,
    times: Times,
}

pub(super) struct ParkWatch {
    suspects: Vec<Suspect>,
}

impl ParkWatch {
    pub(super) fn new() -> Self {
        Self { suspects: Vec::new() }
    }

    pub(super) fn next_look(&self) -> Moment {
        self.suspects.iter().map(|suspect| suspect.times.next).min().unwrap_or(Moment::NEVER)
    }

    /// A handler that has been running for so long that it deserves a look.
    pub(super) fn next_suspect(
        &mut self,
        active: &Active,
        now: Moment,
    ) -> Option<(u64, ThreadWatch)> {
        self.suspects.retain(|suspect| active.turn(suspect.turn).is_some());
        active
            .iter()
            .filter(|current| current.worker.on == HandlerThread::Runner)
            .find(|current| self.is_due(current, now))
            .map(|current| (current.number, current.worker.watch))
    }

    fn is_due(&mut self, current: &Current, now: Moment) -> bool {
        if let Some(suspect) = self.suspects.iter().find(|suspect| suspect.turn == current.number) {
            return suspect.times.next <= now;
        }
        // Without memory for that, its timeout ends it.
        if self.suspects.try_reserve(1).is_ok() {
            // It may have been running for a while: the supervisor is not woken for each one.
            let times = Times::since(current.started);
            self.suspects.push(Suspect { turn: current.number, times });
            return times.next <= now;
        }
        false
    }

    /// Looks. What is found is certain: such a thread never comes back.
    pub(super) fn is_parked_for_good(
        &mut self,
        turn: u64,
        thread: ThreadWatch,
        now: Moment,
    ) -> bool {
        let Some(suspect) = self.suspects.iter_mut().find(|suspect| suspect.turn == turn) else {
            return false;
        };
        suspect.times.looks(now);
        thread.is_parked()
    }
}
