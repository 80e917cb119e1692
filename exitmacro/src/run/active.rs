//! The handlers that are running, and the threads that execute them. Mostly there is one, which
//! takes no memory; only concurrent handlers need more.

use crate::handler::clock::Moment;
use crate::order::Place;
use crate::report::{HandlerThread, Limit};
use crate::run::invocation::Invocation;
use crate::run::log::Subject;
use crate::sys::{self, ThreadKey};
use core::time::Duration;

/// A thread that executes handlers.
#[derive(Clone, Copy)]
pub(super) struct Worker {
    pub(super) thread: ThreadKey,
    pub(super) on: HandlerThread,
    /// The number of the runner, if it is one.
    pub(super) runner: Option<u32>,
    /// Its stack, when it is abandoned.
    #[cfg(stacks)]
    pub(super) stack: sys::StackOwner,
}

impl Worker {
    /// The calling thread, which triggered the run.
    pub(super) fn caller() -> Self {
        Self {
            thread: sys::thread_key(),
            on: HandlerThread::Caller,
            runner: None,
            #[cfg(stacks)]
            stack: sys::StackOwner::current(),
        }
    }

    /// The calling thread, which is the runner with this number.
    pub(super) fn runner(number: u32) -> Self {
        Self {
            thread: sys::thread_key(),
            on: HandlerThread::Runner,
            runner: Some(number),
            #[cfg(stacks)]
            stack: sys::StackOwner::current(),
        }
    }
}

/// A handler that is running.
pub(super) struct Current {
    pub(super) number: u64,
    /// The slot in which the handler reads the number without a lock.
    pub(super) slot: u8,
    pub(super) deadline: Moment,
    pub(super) started: Moment,
    pub(super) worker: Worker,
    pub(super) place: Option<Place>,
    pub(super) subject: Option<Subject>,
    /// What limits its time.
    pub(super) limit: Limit,
    /// The invocation, while the caller has not taken it yet.
    pub(super) handed_over: Option<Invocation>,
}

impl Current {
    pub(super) fn is_handed_over(&self) -> bool {
        self.handed_over.is_some()
    }

    /// Its timeout, if the handler is simple and nothing else limits its time.
    pub(super) fn simple_timeout(&self) -> Option<Duration> {
        match (&self.subject, self.limit) {
            (Some(subject), Limit::Timeout(timeout)) if subject.options().is_simple() => {
                Some(timeout)
            }
            _ => None,
        }
    }

    /// Restarts its time at `now`, up to the `end` of the budget.
    pub(super) fn restart_time(&mut self, now: Moment, end: Moment) {
        let waited = now.since(self.started);
        self.started = now;
        self.deadline = self.deadline.plus(waited);
        if let Some(invocation) = &mut self.handed_over {
            invocation.context.deadline =
                invocation.context.deadline.plus(waited).min(end.max(invocation.context.deadline));
        }
    }
}

/// Which of the running handlers is looked for. Not a closure, which has a table of functions whose
/// addresses the loader writes.
#[derive(Clone, Copy)]
enum Sought {
    Number(u64),
    On(ThreadKey),
    Overdue(Moment),
    HandedOver,
}

impl Sought {
    fn is(self, current: &Current) -> bool {
        match self {
            Self::Number(number) => current.number == number,
            Self::On(thread) => current.worker.thread == thread && !current.is_handed_over(),
            Self::Overdue(now) => current.deadline <= now,
            Self::HandedOver => current.is_handed_over(),
        }
    }
}

pub(super) struct Active {
    first: Option<Current>,
    others: Vec<Current>,
}

impl Active {
    pub(super) const fn new() -> Self {
        Self { first: None, others: Vec::new() }
    }

    /// Makes room for one more handler; `false` when there is no memory for it.
    pub(super) fn reserve(&mut self) -> bool {
        self.first.is_none() || self.others.try_reserve(1).is_ok()
    }

    pub(super) fn push(&mut self, current: Current) {
        match self.first {
            None => self.first = Some(current),
            Some(_) => self.others.push(current),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Current> {
        self.first.iter().chain(&self.others)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Current> {
        self.first.iter_mut().chain(&mut self.others)
    }

    /// The running handler, if no other one runs.
    pub(super) fn only(&self) -> Option<&Current> {
        self.first.as_ref().filter(|_| self.others.is_empty())
    }

    pub(super) fn only_mut(&mut self) -> Option<&mut Current> {
        self.first.as_mut().filter(|_| self.others.is_empty())
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.others.is_empty()
    }

    /// The first one that is looked for. One function, because each `find` would be compiled for
    /// both parts of the chain.
    #[expect(clippy::manual_find, reason = "`find` would be compiled for both parts here, too")]
    #[inline(never)]
    fn find(&self, sought: Sought) -> Option<&Current> {
        for current in self.iter() {
            if sought.is(current) {
                return Some(current);
            }
        }
        None
    }

    pub(super) fn get(&self, number: u64) -> Option<&Current> {
        self.find(Sought::Number(number))
    }

    /// The handler that `thread` is executing.
    #[inline(never)]
    pub(super) fn on(&self, thread: ThreadKey) -> Option<&Current> {
        self.find(Sought::On(thread))
    }

    /// A handler whose time has expired.
    pub(super) fn overdue(&self, now: Moment) -> Option<&Current> {
        self.find(Sought::Overdue(now))
    }

    /// A handler that waits for the caller.
    pub(super) fn handed_over(&self) -> Option<&Current> {
        self.find(Sought::HandedOver)
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Current> {
        self.iter_mut().find(|current| current.number == number)
    }

    /// Removes the handler, without dropping what could run code of the user.
    pub(super) fn forget(&mut self, number: u64) {
        if self.first.as_ref().is_some_and(|first| first.number == number) {
            core::mem::forget(self.first.take());
        } else if let Some(place) = self.others.iter().position(|current| current.number == number)
        {
            core::mem::forget(self.others.swap_remove(place));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::context::{ExitContext, ExitReason};
    use crate::run::invocation::{Invocation, Job};
    use crate::run::state::tests::{current, live};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_holds_what_was_pushed_and_is_not_forgotten(
            steps in prop::collection::vec((any::<bool>(), 0..5_u64), 0..20),
        ) {
            let (mut active, mut expected) = (Active::new(), Vec::new());
            for (is_pushed, number) in steps {
                if !is_pushed {
                    active.forget(number);
                    expected.retain(|&other| other != number);
                } else if !expected.contains(&number) {
                    prop_assert!(active.reserve());
                    active.push(current(number, None));
                    expected.push(number);
                }
                let numbers = |held: &mut dyn Iterator<Item = u64>| {
                    let mut numbers: Vec<u64> = held.collect();
                    numbers.sort_unstable();
                    numbers
                };
                prop_assert_eq!(
                    numbers(&mut active.iter().map(|current| current.number)),
                    numbers(&mut expected.iter().copied())
                );
                prop_assert_eq!(
                    numbers(&mut active.iter_mut().map(|current| current.number)),
                    numbers(&mut expected.iter().copied())
                );
                prop_assert_eq!(
                    (active.len(), active.is_empty()),
                    (expected.len(), expected.is_empty())
                );
                for number in 0..5 {
                    let held = expected.contains(&number).then_some(number);
                    prop_assert_eq!(active.get(number).map(|current| current.number), held);
                    prop_assert_eq!(active.get_mut(number).map(|current| current.number), held);
                }
            }
        }
    }

    #[test]
    fn a_handler_is_the_only_one_while_no_other_runs() {
        let mut active = Active::new();
        let only = |active: &mut Active| {
            let only = active.only().map(|current| current.number);
            assert_eq!(active.only_mut().map(|current| current.number), only);
            only
        };
        assert_eq!(only(&mut active), None);
        active.push(current(1, None));
        assert_eq!(only(&mut active), Some(1));
        active.push(current(2, None));
        assert_eq!(only(&mut active), None, "two are running");
    }

    #[test]
    fn a_thread_executes_only_what_it_has_taken() {
        let context = ExitContext {
            reason: ExitReason::Exit,
            deadline: Moment::NEVER,
            invocation: 1,
            slot: 0,
            live: live(),
        };
        let invocation = Invocation { number: 1, id: None, job: Job::Flush, context };
        let mut active = Active::new();
        active.push(current(1, Some(invocation)));
        assert!(active.on(sys::thread_key()).is_none(), "the thread has not taken it");
        active.push(current(2, None));
        assert_eq!(active.on(sys::thread_key()).map(|current| current.number), Some(2));
        let other = std::thread::spawn(sys::thread_key).join().expect("it does not panic");
        assert!(active.on(other).is_none(), "it executes nothing");
    }
}
