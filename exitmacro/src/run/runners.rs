//! The runner threads of a run. Mostly it is one; a runner that is lost with its handler is
//! replaced, and where handlers run side by side there are more.

use crate::threads::Thread;

struct Runner {
    number: u32,
    /// There once the thread that started it has got it.
    handle: Option<Thread>,
    has_ended: bool,
    /// Nothing of it is left but the end of a function of libc.
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
    /// How many wait for something to do.
    pub(super) idle: usize,
    /// No more threads can be started.
    is_complete: bool,
}

impl Runners {
    pub(super) const fn new() -> Self {
        Self { first: None, others: Vec::new(), reserved: 0, idle: 0, is_complete: false }
    }

    /// A number for a runner that is about to be started.
    pub(super) fn reserve(&mut self) -> u32 {
        self.reserved += 1;
        let runner =
            Runner { number: self.reserved, handle: None, has_ended: false, is_gone: false };
        if self.first.is_none() {
            self.first = Some(runner);
        } else if self.others.try_reserve(1).is_ok() {
            // Without memory for that, it is not waited for.
            self.others.push(runner);
        }
        self.reserved
    }

    fn runner(&mut self, number: u32) -> Option<&mut Runner> {
        self.first.iter_mut().chain(&mut self.others).find(|runner| runner.number == number)
    }

    /// It has been started. The handle of one that was dismissed since is dropped.
    pub(super) fn started(&mut self, number: u32, handle: Thread) {
        if let Some(runner) = self.runner(number) {
            runner.handle = Some(handle);
        }
    }

    /// It could not be started, and no other one can.
    pub(super) fn not_started(&mut self, number: u32) {
        self.forget(Some(number));
        self.is_complete = true;
    }

    /// Its last thread-local is gone. `is_last` says that nothing else follows that C libraries
    /// would have it do.
    pub(super) fn ended(&mut self, number: u32, is_last: bool) {
        if let Some(runner) = self.runner(number) {
            runner.has_ended = true;
            runner.is_gone = is_last;
        }
    }

    /// Nobody waits for it any more.
    pub(super) fn forget(&mut self, number: Option<u32>) {
        self.first.take_if(|first| Some(first.number) == number);
        self.others.retain(|runner| Some(runner.number) != number);
    }

    /// Whether there is no other one.
    pub(super) fn is_only(&self, number: u32) -> bool {
        self.others.is_empty() && self.first.as_ref().is_some_and(|first| first.number == number)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.others.is_empty()
    }

    /// One that has left and can be joined, and whether it is as good as gone. It is dismissed.
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

    /// How many handlers can run at the same time, for want of threads.
    pub(super) fn limit(&self) -> usize {
        let runners = usize::from(self.first.is_some()) + self.others.len();
        if self.is_complete { runners.max(1) } else { usize::MAX }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads;

    #[test]
    fn each_of_several_runners_is_known_until_it_is_dismissed() {
        let mut runners = Runners::new();
        let numbers = [runners.reserve(), runners.reserve(), runners.reserve()];
        runners.not_started(runners.reserved + 1);
        assert_eq!(runners.limit(), 3);
        for (number, left) in [(numbers[1], 2), (numbers[0], 1)] {
            runners.forget(Some(number));
            assert!(runners.runner(number).is_none() && runners.limit() == left);
        }
        // A new one takes the place of the first, next to the one that is left.
        let number = runners.reserve();
        assert!(
            runners.runner(number).is_some()
                && runners.runner(numbers[2]).is_some()
                && runners.limit() == 2
        );
        runners.forget(Some(number));
        assert!(!runners.is_empty());
        runners.forget(Some(numbers[2]));
        assert!(runners.is_empty());
    }

    #[test]
    fn a_runner_is_taken_when_it_has_left_and_can_be_joined() {
        for (has_left_first, is_last) in [(false, true), (true, false)] {
            let mut runners = Runners::new();
            let number = runners.reserve();
            assert!(runners.take_ended().is_none());
            let started = |runners: &mut Runners| {
                runners.started(number, threads::spawn("ends", || ()).expect("a thread starts"))
            };
            if has_left_first {
                runners.ended(number, is_last)
            } else {
                started(&mut runners)
            }
            assert!(runners.take_ended().is_none() && !runners.is_empty());
            if has_left_first {
                started(&mut runners)
            } else {
                runners.ended(number, is_last)
            }
            let (thread, is_gone) = runners.take_ended().expect("it has left and can be joined");
            thread.join();
            assert_eq!(is_gone, is_last);
            assert!(runners.is_empty());
        }
    }
}
