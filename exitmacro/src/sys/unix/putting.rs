//! While a handler for a signal is put over another one, it does not know yet where to pass the
//! signal on.

use crate::sys::{ThreadKey, yield_now};
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicBool, AtomicUsize};

/// How often a thread looks whether another one has finished, which takes a few instructions. The
/// other one may be a thread of the parent that a forked child does not have.
pub(super) const ATTEMPTS: u32 = 1_000;

pub(super) struct Putting {
    /// The thread that puts the handler, 0 for none.
    thread: AtomicUsize,
    /// The signal came to that thread meanwhile.
    came: AtomicBool,
}

impl Putting {
    pub(super) const fn new() -> Self {
        Self { thread: AtomicUsize::new(0), came: AtomicBool::new(false) }
    }

    /// The calling thread is about to put the handler.
    pub(super) fn begin(&self, me: ThreadKey) {
        for _ in 0..ATTEMPTS {
            if self.thread.compare_exchange(0, me, AcqRel, Relaxed).is_ok() {
                return;
            }
            yield_now();
        }
        self.thread.store(me, Release);
    }

    /// The handler knows now where to pass the signal on. Returns whether the signal came to the
    /// calling thread meanwhile, and is to be sent again.
    pub(super) fn end(&self) -> bool {
        self.thread.store(0, Release);
        self.came.swap(false, Relaxed)
    }

    /// To be called in the handler. Whether it has interrupted the thread that puts it. Otherwise
    /// waits until that thread has finished. Async-signal-safe.
    pub(super) fn is_on(&self, me: ThreadKey) -> bool {
        for _ in 0..ATTEMPTS {
            let thread = self.thread.load(Acquire);
            if thread == me {
                self.came.store(true, Relaxed);
                return true;
            }
            if thread == 0 {
                break;
            }
            yield_now();
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_interrupts_the_thread_comes_again() {
        let putting = Putting::new();
        assert!(!putting.is_on(1) && !putting.end());
        putting.begin(1);
        assert!(putting.is_on(1) && putting.is_on(1));
        assert!(putting.end());
        assert!(!putting.is_on(1) && !putting.end(), "it has come again");
    }

    #[test]
    fn another_thread_waits_but_not_for_ever() {
        let putting = Putting::new();
        putting.begin(1);
        assert!(!putting.is_on(2) && !putting.end());
        putting.begin(1);
        putting.begin(2);
        assert!(putting.is_on(2), "it does not wait for a thread that a child does not have");
        assert!(putting.end());
        std::thread::scope(|scope| {
            putting.begin(1);
            let other = scope.spawn(|| putting.is_on(2));
            assert!(!putting.end());
            assert!(!other.join().expect("it does not panic"));
        });
    }
}
