//! Finds handlers that std parked.
//!
//! A handler that calls `std::process::exit` while another thread is inside libc's `exit` never comes back: std stops its thread, without a word. Its timeout would
//! end that, ten seconds later. Where the system shows what a thread is doing, the supervisor looks now and then, less and less often, and goes on at once.

use super::report::HandlerThread;
use super::state::Run;
use crate::handler::moment::Moment;
use crate::sys::ThreadWatch;
use core::time::Duration;

/// What is added to the line of such a handler.
pub(super) const PARKED: &str = ": it called `std::process::exit`, which never returns in a process that is already exiting; use `exitmacro::exit` instead";

/// The same, where the system does not show what a thread is doing.
pub(super) const PERHAPS_PARKED: &str =
    " and was abandoned; if it called `std::process::exit`, that never returns in a process that is already exiting: use `exitmacro::exit` instead";

const FIRST_LOOK: Duration = Duration::from_millis(50);
const RAREST_LOOK: Duration = Duration::from_secs(1);

pub(super) struct ExitWatcher {
    turn: Option<u64>,
    pause: Duration,
    next_look: Moment,
    was_parked: bool,
}

impl ExitWatcher {
    pub(super) fn new() -> Self {
        Self { turn: None, pause: FIRST_LOOK, next_look: Moment::NEVER, was_parked: false }
    }

    pub(super) fn next_look(&self) -> Moment {
        self.next_look
    }

    /// The handler that has had its turn for so long that it deserves a look.
    pub(super) fn whom_to_look_at(&mut self, run: &Run, now: Moment) -> Option<(u64, ThreadWatch)> {
        if !run.terms.is_some_and(|terms| terms.inside_exit) {
            return None;
        }
        let current = run.current.as_ref().filter(|current| current.worker.on == HandlerThread::Runner);
        let turn = current.map(|current| current.number);
        if turn.is_none() || turn != self.turn {
            *self = Self { turn, next_look: now.plus(FIRST_LOOK), ..Self::new() };
            return None;
        }
        let is_time = self.next_look <= now;
        current.filter(|_| is_time).map(|current| (current.number, current.worker.watch))
    }

    /// Whether the handler whose turn it is may be parked without anybody being able to see it.
    pub(super) fn might_be_parked(run: &Run) -> bool {
        !ThreadWatch::CAN_TELL && run.terms.is_some_and(|terms| terms.inside_exit)
    }

    /// Looks. Only a thread that was found parked twice in a row counts: a handler may itself wait for a signal for a moment.
    pub(super) fn is_parked_for_good(&mut self, thread: ThreadWatch, now: Moment) -> bool {
        let parked = thread.is_parked();
        let twice = parked && self.was_parked;
        self.was_parked = parked;
        self.next_look = now.plus(self.pause);
        self.pause = (self.pause * 2).min(RAREST_LOOK);
        twice
    }
}
