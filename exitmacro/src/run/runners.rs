//! The runner threads of a run: their numbers and handles, and whether they have ended.
//!
//! Mostly there is one runner. A runner that an abandoned handler blocks is replaced, and
//! concurrent handlers need more.

use crate::sys::{self, EndingThread};
use crate::threads::Thread;

struct Runner {
    number: u32,
    /// `None` until the thread that started the runner has stored it.
    handle: Option<Thread>,
    end: Option<RunnerEnd>,
}

/// What is left of a runner whose thread-locals are destroyed.
#[derive(Clone, Copy)]
pub(super) enum RunnerEnd {
    /// The end of a function of libc, for which nothing waits.
    Nothing,
    /// The same, or destructors of C libraries, for which a thread waits.
    Awaited(EndingThread),
}

impl Runner {
    fn has_ended(&self) -> bool {
        self.end.is_some() && self.handle.is_some()
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
        let runner = Runner { number: self.reserved, handle: None, end: None };
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

    /// Notes that the last thread-local of the runner is destroyed.
    pub(super) fn ended(&mut self, number: u32, end: RunnerEnd) {
        if let Some(runner) = self.runner(number) {
            runner.end = Some(end);
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

    /// Removes a runner that has ended, once its handle is there.
    pub(super) fn take_ended(&mut self) -> Option<(Thread, RunnerEnd)> {
        let runner = match self.first.take_if(|first| first.has_ended()) {
            Some(first) => first,
            None => {
                let place = self.others.iter().position(Runner::has_ended)?;
                self.others.swap_remove(place)
            }
        };
        runner.handle.zip(runner.end)
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
    fn a_runner_is_taken_when_it_has_ended_and_its_handle_is_there() {
        for has_ended_first in [false, true] {
            let mut runners = Runners::new();
            let number = runners.reserve();
            assert!(runners.take_ended().is_none());
            let (tells, told) = std::sync::mpsc::channel();
            let thread = threads::spawn("ends", move || _ = tells.send(EndingThread::current()));
            let end = RunnerEnd::Awaited(told.recv().expect("the thread tells"));
            let started = |runners: &mut Runners| {
                runners.started(number, thread.expect("a thread starts"));
            };
            if has_ended_first {
                runners.ended(number, end);
                assert!(runners.take_ended().is_none() && !runners.is_empty());
                started(&mut runners);
            } else {
                started(&mut runners);
                assert!(runners.take_ended().is_none() && !runners.is_empty());
                runners.ended(number, end);
            }
            let Some((thread, RunnerEnd::Awaited(ending))) = runners.take_ended() else {
                panic!("it has ended, and its handle is there");
            };
            thread.join(ending);
            assert!(runners.is_empty());
        }
    }
}
