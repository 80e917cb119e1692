//! The runner threads of a run: their numbers and handles, and whether they have ended.
//!
//! Mostly there is one runner. A runner that an abandoned handler blocks is replaced, and
//! concurrent handlers need more.

use crate::sys;
use crate::threads::Thread;

struct Runner {
    number: u32,
    /// `None` until the thread that started the runner has stored it.
    handle: Option<Thread>,
    has_ended: bool,
    /// Only the end of a function of libc is left to run on the thread.
    is_gone: bool,
}

impl Runner {
    fn can_be_joined(&self) -> bool {
        self.has_ended && self.handle.is_some()
    }
}

/// The first runner takes no memory.
pub(super) struct Runners {
    first: Option<Runner>,
    others: Vec<Runner>,
    reserved: u32,
    /// How many runners wait for a handler.
    pub(super) idle: usize,
    /// The system has refused to start a thread.
    is_complete: bool,
}

impl Runners {
    pub(super) const fn new() -> Self {
        Self { first: None, others: Vec::new(), reserved: 0, idle: 0, is_complete: false }
    }

    /// Returns the number of a runner that is about to be started.
    #[inline(never)]
    pub(super) fn reserve(&mut self) -> u32 {
        self.reserved += 1;
        let runner =
            Runner { number: self.reserved, handle: None, has_ended: false, is_gone: false };
        if self.first.is_none() {
            self.first = Some(runner);
        } else if self.others.try_reserve(1).is_ok() {
            // Without memory for the entry, no thread waits for the runner.
            sys::push_reserved(&mut self.others, runner);
        }
        self.reserved
    }

    fn runner(&mut self, number: u32) -> Option<&mut Runner> {
        self.first.iter_mut().chain(&mut self.others).find(|runner| runner.number == number)
    }

    /// Notes that the runner was started. Drops the handle if the runner was forgotten.
    pub(super) fn started(&mut self, number: u32, handle: Thread) {
        if let Some(runner) = self.runner(number) {
            runner.handle = Some(handle);
        }
    }

    /// Notes that the runner could not be started, and that no other thread can be.
    pub(super) fn not_started(&mut self, number: u32) {
        self.forget(Some(number));
        self.is_complete = true;
    }

    /// Notes that the last thread-local of the runner is destroyed. `is_last` says that no
    /// destructor of a C library follows.
    pub(super) fn ended(&mut self, number: u32, is_last: bool) {
        if let Some(runner) = self.runner(number) {
            runner.has_ended = true;
            runner.is_gone = is_last;
        }
    }

    /// Forgets the runner: no thread waits for it.
    #[inline(never)]
    pub(super) fn forget(&mut self, number: Option<u32>) {
        self.first.take_if(|first| Some(first.number) == number);
        self.others.retain(|runner| Some(runner.number) != number);
    }

    /// Whether this is the only runner.
    pub(super) fn is_only(&self, number: u32) -> bool {
        self.others.is_empty() && self.first.as_ref().is_some_and(|first| first.number == number)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.others.is_empty()
    }

    /// Removes a runner that has ended and can be joined. Also returns whether all its destructors
    /// have run.
    pub(super) fn take_ended(&mut self) -> Option<(Thread, bool)> {
        let runner = match self.first.take_if(|first| first.can_be_joined()) {
            Some(first) => first,
            None => {
                let place = self.others.iter().position(Runner::can_be_joined)?;
                self.others.swap_remove(place)
            }
        };
        runner.handle.map(|handle| (handle, runner.is_gone))
    }

    /// How many handlers can run at the same time with the threads that the system gives.
    pub(super) fn capacity(&self) -> usize {
        let runners = usize::from(self.first.is_some()) + self.others.len();
        if self.is_complete { runners.max(1) } else { usize::MAX }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads;

    #[test]
    fn each_of_several_runners_is_known_until_it_is_forgotten() {
        let mut runners = Runners::new();
        let numbers = [runners.reserve(), runners.reserve(), runners.reserve()];
        runners.not_started(runners.reserved + 1);
        assert_eq!(runners.capacity(), 3);
        for (number, left) in [(numbers[1], 2), (numbers[0], 1)] {
            runners.forget(Some(number));
            assert!(runners.runner(number).is_none() && runners.capacity() == left);
        }
        // A new runner takes the first place, while another one has a later place.
        let number = runners.reserve();
        assert!(
            runners.runner(number).is_some()
                && runners.runner(numbers[2]).is_some()
                && runners.capacity() == 2
        );
        runners.forget(Some(number));
        assert!(!runners.is_empty());
        runners.forget(Some(numbers[2]));
        assert!(runners.is_empty());
    }

    #[test]
    fn a_runner_is_taken_when_it_has_ended_and_can_be_joined() {
        for (has_ended_first, is_last) in [(false, true), (true, false)] {
            let mut runners = Runners::new();
            let number = runners.reserve();
            assert!(runners.take_ended().is_none());
            let started = |runners: &mut Runners| {
                runners.started(number, threads::spawn("ends", || ()).expect("a thread starts"))
            };
            if has_ended_first {
                runners.ended(number, is_last)
            } else {
                started(&mut runners)
            }
            assert!(runners.take_ended().is_none() && !runners.is_empty());
            if has_ended_first {
                started(&mut runners)
            } else {
                runners.ended(number, is_last)
            }
            let (thread, is_gone) = runners.take_ended().expect("it has ended and can be joined");
            thread.join();
            assert_eq!(is_gone, is_last);
            assert!(runners.is_empty());
        }
    }
}
