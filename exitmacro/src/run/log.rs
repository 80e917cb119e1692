//! What became of one handler, as the run keeps it.

use crate::handler::clock::Moment;
use crate::handler::declared::Declared;
use crate::registry::Label;
use crate::report::{HandlerReport, HandlerThread, Limit, Outcome};
use core::time::Duration;
use std::borrow::Cow;

/// What a report says about a handler whatever becomes of it.
pub(super) enum Subject {
    Declared(&'static Declared),
    Registered(Label),
}

impl Subject {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Declared(handler) => handler.name(),
            Self::Registered(label) => label.name(),
        }
    }

    /// Its own timeout, or else the one that the program gives to all.
    pub(super) fn limit(&self, default: Duration) -> Duration {
        match self {
            Self::Declared(handler) => handler.limit(default),
            Self::Registered(label) => label.limit(default),
        }
    }

    /// Whether it runs at every end, on the runner, and does not keep its own time.
    pub(super) fn is_simple(&self) -> bool {
        match self {
            Self::Declared(handler) => handler.is_simple(),
            Self::Registered(label) => label.is_simple(),
        }
    }
}

/// What became of one handler. Half the size of a [`HandlerReport`], which most runs never ask for.
pub(super) struct Record {
    pub(super) subject: Subject,
    pub(super) outcome: Outcome,
    pub(super) started: Moment,
    pub(super) ended: Moment,
    pub(super) thread: Option<HandlerThread>,
    /// Which of the runners executed it; 0 for none.
    pub(super) runner: u32,
    /// What the order calls it, where it has edges or may run concurrently.
    pub(super) number: Option<u32>,
}

impl Record {
    /// `limit` is what the handler did not keep.
    pub(super) fn report(&self, run_started: Moment, limit: Option<Limit>) -> HandlerReport {
        let (name, location, priority) = match &self.subject {
            Subject::Declared(handler) => {
                (Cow::Borrowed(handler.name()), handler.location(), handler.own_priority())
            }
            Subject::Registered(label) => (label.full_name(), label.location(), label.priority()),
        };
        HandlerReport {
            name,
            location,
            priority,
            outcome: self.outcome.clone(),
            start: self.started.since(run_started),
            duration: self.ended.since(self.started),
            thread: self.thread,
            runner: Some(self.runner).filter(|&runner| runner != 0),
            limit,
            #[cfg(feature = "picture")]
            allowed: None,
        }
    }
}

#[cfg(feature = "picture")]
impl Record {
    /// How long the handler could run at most, as far as that is known afterwards.
    pub(super) fn allowed(
        &self,
        limit: Option<Limit>,
        default: Duration,
        budget_end: Moment,
    ) -> Option<Duration> {
        self.thread?;
        let own = limit.map_or_else(|| self.subject.limit(default), |limit| limit.duration());
        let is_bounded = budget_end != Moment::NEVER;
        Some(if is_bounded { own.min(budget_end.since(self.started)) } else { own })
    }
}

/// The records of a run, in the order in which they were made. The first one takes no memory.
pub(super) struct Log {
    first: Option<Record>,
    others: Vec<Record>,
}

impl Log {
    pub(super) const fn new() -> Self {
        Self { first: None, others: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.first.iter().chain(&self.others)
    }

    pub(super) fn get(&self, place: usize) -> Option<&Record> {
        self.iter().nth(place)
    }

    /// `false` when there is no memory for one more.
    pub(super) fn reserve_one(&mut self) -> bool {
        self.first.is_none() || self.others.try_reserve(1).is_ok()
    }

    /// Without memory for it, the record is lost.
    #[inline]
    pub(super) fn push(&mut self, record: Record) {
        if self.others.len() < self.others.capacity() {
            self.others.push(record);
        } else {
            self.push_first_or_grow(record);
        }
    }

    #[cold]
    #[inline(never)]
    fn push_first_or_grow(&mut self, record: Record) {
        if self.first.is_none() {
            self.first = Some(record);
        } else if self.reserve_one() {
            self.others.push(record);
        }
    }
}
