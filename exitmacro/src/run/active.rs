//! The handlers that are running. Mostly it is one, which takes no memory; others run beside it only where they ask for that.

use super::state::Current;
use crate::sys::ThreadKey;

pub(super) struct Active {
    first: Option<Current>,
    others: Vec<Current>,
}

impl Active {
    pub(super) const fn new() -> Self {
        Self { first: None, others: Vec::new() }
    }

    /// Makes room for one more; `false` when there is no memory for it.
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

    /// The one that is running, if no other one is.
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

    pub(super) fn turn(&self, number: u64) -> Option<&Current> {
        self.iter().find(|current| current.number == number)
    }

    /// The handler that `thread` is executing.
    pub(super) fn on(&self, thread: ThreadKey) -> Option<&Current> {
        self.iter().find(|current| current.worker.thread == thread && !current.is_handed_over())
    }

    pub(super) fn turn_mut(&mut self, number: u64) -> Option<&mut Current> {
        self.iter_mut().find(|current| current.number == number)
    }

    /// Nothing is dropped: that might run code of the user.
    pub(super) fn forget(&mut self, number: u64) {
        if self.first.as_ref().is_some_and(|first| first.number == number) {
            core::mem::forget(self.first.take());
        } else if let Some(place) = self.others.iter().position(|current| current.number == number) {
            core::mem::forget(self.others.swap_remove(place));
        }
    }
}
