//! The threads that do nothing any more before the run is over: what one of them holds, makes or
//! closes cannot be waited for.

use crate::handler::borrows::{self, Borrowed};
use crate::run::exiting::Exiting;
use crate::sys::{self, ThreadKey};
use core::fmt;

/// Why a thread does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// It ends the process.
    Exiting,
    /// It called `run`, or waits for a run that another thread started.
    Waiting,
    /// It was about to end the process, which another one does.
    Parked,
    /// It is the thread that asks.
    Asking,
    /// It exists in the process only that the calling one was forked from.
    Parents,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exiting => "the thread that ends the process",
            Self::Waiting => "a thread that waits for the exit handlers",
            Self::Parked => "a thread that was stopped because another one ends the process",
            Self::Asking => "the thread that runs this handler",
            Self::Parents => "a thread of the parent process",
        })
    }
}

struct Thread {
    key: ThreadKey,
    is_parked: bool,
    borrowed: Borrowed,
}

/// Those that wait for the run, or were parked. Mostly it is the one that ends the process, which
/// takes no memory.
pub(super) struct StoppedThreads {
    first: Option<Thread>,
    others: Vec<Thread>,
}

impl StoppedThreads {
    pub(super) const fn new() -> Self {
        Self { first: None, others: Vec::new() }
    }

    /// The calling thread waits from now on.
    pub(super) fn note_waiting(&mut self) {
        self.add(false);
    }

    /// The calling thread is about to be parked for ever.
    pub(super) fn note_parked(&mut self) {
        self.add(true);
    }

    fn add(&mut self, is_parked: bool) {
        let thread = Thread { key: sys::thread_key(), is_parked, borrowed: borrows::borrowed() };
        if self.first.is_none() {
            self.first = Some(thread);
        } else if self.others.try_reserve(1).is_ok() {
            // Without memory for that, what it holds is waited for until the timeout of the handler
            // that needs it.
            self.others.push(thread);
        }
    }

    /// The calling thread goes on.
    pub(super) fn note_resumed(&mut self) {
        let me = sys::thread_key();
        let is_mine = |thread: &Thread| thread.key == me && !thread.is_parked;
        if self.first.take_if(|first| is_mine(first)).is_some() {
            return;
        }
        if let Some(place) = self.others.iter().position(is_mine) {
            self.others.swap_remove(place);
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Thread> {
        self.first.iter().chain(&self.others)
    }

    /// Why `thread` does not go on before the run is over, if it does not.
    pub(super) fn why_stopped(&self, thread: ThreadKey, exiting: &Exiting) -> Option<Stopped> {
        if exiting.is(thread) {
            return Some(Stopped::Exiting);
        }
        let stopped = self.iter().find(|stopped| stopped.key == thread)?;
        Some(if stopped.is_parked { Stopped::Parked } else { Stopped::Waiting })
    }

    /// Why a guard of the cell at that address is not given back before the run is over, if a
    /// thread that does not go on has one.
    pub(super) fn why_borrowed(&self, cell: usize, exiting: &Exiting) -> Option<Stopped> {
        let holder = self.iter().find(|thread| thread.borrowed.contains(&cell))?;
        self.why_stopped(holder.key, exiting)
    }
}
