//! What became of one handler, as the run keeps it.

use crate::handler::clock::Moment;
use crate::handler::declared::Declared;
use crate::registry::Label;
use crate::report::line::Line;
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

impl Subject {
    /// As the lines name a handler.
    #[cold]
    #[inline(never)]
    pub(super) fn push_to(&self, line: &mut Line) {
        let location = match self {
            Self::Declared(handler) => handler.location(),
            Self::Registered(label) => label.location(),
        };
        line.push("handler `").push(self.shown_name(false)).push("` (").push(location.file());
        line.push(":").push_number(location.line().into()).push(")");
    }

    /// Its name, or the last name of that path.
    #[cold]
    #[inline(never)]
    pub(super) fn shown_name(&self, is_short: bool) -> &str {
        let name = self.name();
        let start = name.bytes().rposition(|byte| byte == b':').map_or(0, |colon| colon + 1);
        name.get(start..).filter(|_| is_short).unwrap_or(name)
    }
}

/// What became of one handler. Half the size of a [`HandlerReport`], which most runs never ask for.
pub(super) struct Record {
    pub(super) subject: Subject,
    pub(super) outcome: Outcome,
    pub(super) started: Moment,
    pub(super) ended: Moment,
    pub(super) thread: Option<HandlerThread>,
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
            limit,
        }
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
