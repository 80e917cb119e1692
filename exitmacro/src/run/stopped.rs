//! The threads that are stopped until the run has finished: waiting for what such a thread holds,
//! makes or closes is useless.

use crate::borrows::{self, Borrowed};
use crate::run::exiting::Exiting;
use crate::sys::{self, ThreadKey};
use core::fmt;

/// Why a thread is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// It ends the process.
    Exiting,
    /// It called `run`, or waits for a run that another thread started.
    Waiting,
    /// It was about to end the process, which another thread does.
    Parked,
    /// It is the calling thread.
    Asking,
    /// It is a thread of the parent process.
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

/// The threads that wait for the run, or were parked. Mostly there is one, the exiting thread,
/// which takes no memory.
pub(super) struct StoppedThreads {
    first: Option<Thread>,
    others: Vec<Thread>,
}

impl StoppedThreads {
    pub(super) const fn new() -> Self {
        Self { first: None, others: Vec::new() }
    }

    /// Notes that the calling thread waits.
    pub(super) fn note_waiting(&mut self) {
        self.add(false);
    }

    /// Notes that the calling thread is parked for ever.
    pub(super) fn note_parked(&mut self) {
        self.add(true);
    }

    #[inline(never)]
    fn add(&mut self, is_parked: bool) {
        let thread = Thread { key: sys::thread_key(), is_parked, borrowed: borrows::borrowed() };
        if self.first.is_none() {
            self.first = Some(thread);
        } else if self.others.try_reserve(1).is_ok() {
            // Without memory for the entry, a handler waits for what the thread holds until its
            // timeout.
            sys::push_reserved(&mut self.others, thread);
        }
    }

    /// Notes that the calling thread has stopped waiting.
    #[inline(never)]
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

    /// Why `thread` is stopped until the run has finished, if it is.
    pub(super) fn why_stopped(&self, thread: ThreadKey, exiting: &Exiting) -> Option<Stopped> {
        if exiting.is(thread) {
            return Some(Stopped::Exiting);
        }
        let stopped = self.iter().find(|stopped| stopped.key == thread)?;
        Some(if stopped.is_parked { Stopped::Parked } else { Stopped::Waiting })
    }

    /// Why the cell at that address stays borrowed until the run has finished, if a stopped thread
    /// has a guard of it.
    pub(super) fn why_borrowed(&self, cell: usize, exiting: &Exiting) -> Option<Stopped> {
        let holder = self.iter().find(|thread| thread.borrowed.contains(&cell))?;
        self.why_stopped(holder.key, exiting)
    }
}
