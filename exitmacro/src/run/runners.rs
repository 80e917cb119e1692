//! The runner threads of a run. Mostly it is one; a runner that is lost with its handler is
//! replaced, and where handlers run side by side there are more.

use crate::threads::Thread;

struct Runner {
    number: u32,
    /// There once the thread that started it has got it.
    handle: Option<Thread>,
    has_left: bool,
    /// Nothing of it is left but the end of a function of libc.
    is_gone: bool,
}

impl Runner {
    fn can_be_joined(&self) -> bool {
        self.has_left && self.handle.is_some()
    }
}

/// The first runner takes no memory.
pub(super) struct Crew {
    first: Option<Runner>,
    others: Vec<Runner>,
    hired: u32,
    /// How many wait for something to do.
    pub(super) idle: usize,
    /// No more threads can be started.
    is_complete: bool,
}

impl Crew {
    pub(super) const fn new() -> Self {
        Self { first: None, others: Vec::new(), hired: 0, idle: 0, is_complete: false }
    }

    /// A number for a runner that is about to be started.
    pub(super) fn hire(&mut self) -> u32 {
        self.hired += 1;
        let runner = Runner { number: self.hired, handle: None, has_left: false, is_gone: false };
        if self.first.is_none() {
            self.first = Some(runner);
        } else if self.others.try_reserve(1).is_ok() {
            // Without memory for that, it is not waited for.
            self.others.push(runner);
        }
        self.hired
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
        self.dismiss(Some(number));
        self.is_complete = true;
    }

    /// Its last thread-local is gone. `is_last` says that nothing else follows that C libraries
    /// would have it do.
    pub(super) fn leaves(&mut self, number: u32, is_last: bool) {
        if let Some(runner) = self.runner(number) {
            runner.has_left = true;
            runner.is_gone = is_last;
        }
    }

    /// Nobody waits for it any more.
    pub(super) fn dismiss(&mut self, number: Option<u32>) {
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
    pub(super) fn take_leaver(&mut self) -> Option<(Thread, bool)> {
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
        let mut crew = Crew::new();
        let numbers = [crew.hire(), crew.hire(), crew.hire()];
        crew.not_started(crew.hired + 1);
        assert_eq!(crew.limit(), 3);
        for (number, left) in [(numbers[1], 2), (numbers[0], 1)] {
            crew.dismiss(Some(number));
            assert!(crew.runner(number).is_none() && crew.limit() == left);
        }
        // A new one takes the place of the first, next to the one that is left.
        let number = crew.hire();
        assert!(
            crew.runner(number).is_some() && crew.runner(numbers[2]).is_some() && crew.limit() == 2
        );
        crew.dismiss(Some(number));
        assert!(!crew.is_empty());
        crew.dismiss(Some(numbers[2]));
        assert!(crew.is_empty());
    }

    #[test]
    fn a_runner_is_taken_when_it_has_left_and_can_be_joined() {
        for (has_left_first, is_last) in [(false, true), (true, false)] {
            let mut crew = Crew::new();
            let number = crew.hire();
            assert!(crew.take_leaver().is_none());
            let started = |crew: &mut Crew| {
                crew.started(number, threads::spawn("ends", || ()).expect("a thread starts"))
            };
            if has_left_first {
                crew.leaves(number, is_last)
            } else {
                started(&mut crew)
            }
            assert!(crew.take_leaver().is_none() && !crew.is_empty());
            if has_left_first {
                started(&mut crew)
            } else {
                crew.leaves(number, is_last)
            }
            let (thread, is_gone) = crew.take_leaver().expect("it has left and can be joined");
            thread.join();
            assert_eq!(is_gone, is_last);
            assert!(crew.is_empty());
        }
    }
}
