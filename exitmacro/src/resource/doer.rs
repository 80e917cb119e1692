//! A thread whose unfinished work the exit run waits for, unless that thread cannot continue.

use crate::awaited;
use crate::fork::generation;
use crate::handler::context::ExitContext;
use crate::run::{Looks, Stopped};
use crate::sys::{self, ThreadName, ThreadWatch};
use core::cell::Cell;
use core::fmt;
use core::time::Duration;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

/// The thread, and the process that it was in.
pub(super) struct Doer {
    /// 0 as long as it is not known.
    thread: AtomicUsize,
    generation: AtomicU32,
    watch: AtomicU32,
}

/// Why the work is not finished. The text names its thread, where the system shows that.
pub(super) enum Busy {
    Stopped(Stopped, Option<ThreadName>),
    /// The thread continues, and takes longer than the handler has.
    TooLong(Option<ThreadName>),
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(stopped, Some(name)) => write!(f, "{stopped} ({name})"),
            Self::Stopped(stopped, None) => stopped.fmt(f),
            Self::TooLong(Some(name)) => name.fmt(f),
            Self::TooLong(None) => f.write_str("another thread"),
        }
    }
}

impl Doer {
    pub(super) const fn new() -> Self {
        Self {
            thread: AtomicUsize::new(0),
            generation: AtomicU32::new(0),
            watch: AtomicU32::new(0),
        }
    }

    /// Makes the calling thread the doer.
    #[inline]
    pub(super) fn set_to_this_thread(&self) {
        let generation = generation::current();
        self.generation.store(generation, Ordering::Relaxed);
        self.watch.store(watch_of_this_thread(generation), Ordering::Relaxed);
        self.thread.store(sys::thread_key(), Ordering::Release);
    }

    /// No thread does it, until another one is set.
    #[cfg(feature = "async")]
    pub(super) fn set_to_none(&self) {
        self.thread.store(0, Ordering::Release);
    }

    /// Whether a thread does it.
    #[cfg(feature = "async")]
    pub(super) fn is_set(&self) -> bool {
        self.thread.load(Ordering::Acquire) != 0
    }

    /// The name of the thread. To be called only while it is in this process.
    fn name(&self) -> Option<ThreadName> {
        (self.thread.load(Ordering::Acquire) != 0)
            .then(|| ThreadWatch::from_number(self.watch.load(Ordering::Relaxed)).name())
            .flatten()
    }

    /// Why the work is not finished by now.
    pub(super) fn too_long(&self) -> Busy {
        Busy::TooLong(self.name())
    }

    fn busy(&self, stopped: Stopped) -> Busy {
        let is_other = matches!(stopped, Stopped::Exiting | Stopped::Waiting | Stopped::Parked);
        Busy::Stopped(stopped, if is_other { self.name() } else { None })
    }

    /// Why the thread cannot continue, if it cannot.
    pub(super) fn why_stopped(&self, looks: &mut Looks) -> Option<Stopped> {
        let thread = Some(self.thread.load(Ordering::Acquire)).filter(|&thread| thread != 0)?;
        if !generation::exists_since(self.generation.load(Ordering::Relaxed), thread) {
            return Some(Stopped::Parents);
        }
        let watch = ThreadWatch::from_number(self.watch.load(Ordering::Relaxed));
        // It may have stopped after it had done its part, and another thread continues.
        looks.why_stopped(thread, watch).filter(|_| self.thread.load(Ordering::Acquire) == thread)
    }

    /// Waits in a handler until the thread has finished what it `does`.
    pub(super) fn wait_for(
        &self,
        is_done: impl Fn() -> bool,
        does: &str,
        exit: &ExitContext,
    ) -> Result<(), Busy> {
        if is_done() {
            return Ok(());
        }
        let what = || format!("{}, which {does}", self.too_long());
        awaited::during(what, || self.wait(is_done, exit))
    }

    fn wait(&self, is_done: impl Fn() -> bool, exit: &ExitContext) -> Result<(), Busy> {
        let mut late = 0;
        let mut looks = Looks::new();
        while !is_done() {
            if let Some(stopped) = self.why_stopped(&mut looks) {
                return if is_done() { Ok(()) } else { Err(self.busy(stopped)) };
            }
            // The supervisor abandons the handler by then. Without a supervisor, in a shared object
            // and without memory for threads, the handler keeps its own timeout.
            late += u32::from(exit.remaining().is_zero());
            if late > 250 {
                return Err(self.too_long());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

/// The number by which the system shows the calling thread. Each thread asks the system once: its
/// answer takes longer than to track and drop a value.
#[inline]
fn watch_of_this_thread(generation: u32) -> u32 {
    match KNOWN.get() {
        // In a forked child the thread has another number.
        Some((known_in, number)) if known_in == generation => number,
        _ => {
            let number = ThreadWatch::current().to_number();
            KNOWN.set(Some((generation, number)));
            number
        }
    }
}

thread_local! {
    /// The number of this thread, and the generation in which it has that.
    static KNOWN: Cell<Option<(u32, u32)>> = const { Cell::new(None) };
    /// The generation in which the value that this thread closes was tracked, if not the current
    /// one.
    static TRACKED_IN: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Calls `close`, which closes a value that was tracked in that generation.
#[inline]
pub(super) fn closing<T>(generation: u32, close: impl FnOnce() -> T) -> T {
    // Nothing was forked: no value is of another generation.
    if generation::current() == 0 {
        return close();
    }
    let _noted = TrackedIn::note(generation);
    close()
}

/// Notes in which generation the value was tracked, until this drops.
struct TrackedIn {
    before: Option<u32>,
}

impl TrackedIn {
    fn note(generation: u32) -> Self {
        let noted = Some(generation).filter(|&generation| generation != generation::current());
        Self { before: TRACKED_IN.replace(noted) }
    }
}

impl Drop for TrackedIn {
    fn drop(&mut self) {
        TRACKED_IN.set(self.before);
    }
}

/// Whether only the parent of this process has the thread of a handle that is a fixed part of the
/// value which is being closed.
pub(super) fn is_fixed_in_parent<T>(thread: &JoinHandle<T>) -> bool {
    let exists = |generation| generation::exists_since(generation, sys::thread_key_of(thread));
    TRACKED_IN.get().is_some_and(|generation| !exists(generation))
}

/// Which thread it is, if it does not end before the run has finished, or does not exist. That it
/// has ended may be the reason as well: to be checked afterwards.
pub(super) fn why_not_joined<T>(thread: &JoinHandle<T>, looks: &mut Looks) -> Option<String> {
    if sys::is_thread_gone(thread) {
        return Some(Stopped::Parents.to_string());
    }
    match looks.why_stopped(sys::thread_key_of(thread), ThreadWatch::of(thread))? {
        // A thread that was started in a forked child has the number of one of the parent's.
        Stopped::Asking if !generation::includes_this_thread() => {
            Some(Stopped::Parents.to_string())
        }
        Stopped::Asking => Some("the calling thread".to_owned()),
        stopped => Some(stopped.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_thread_is_asked_for_once_in_each_process() {
        let (generation, number) = (generation::current(), ThreadWatch::current().to_number());
        assert_eq!(watch_of_this_thread(generation), number);
        KNOWN.set(Some((generation, number.wrapping_add(1))));
        assert_eq!(watch_of_this_thread(generation), number.wrapping_add(1), "it is known");
        assert_eq!(watch_of_this_thread(generation + 1), number, "a forked child has another one");
        assert_eq!(KNOWN.get(), Some((generation + 1, number)));
    }
}
