//! The record of each handler, as the run keeps it for the report.

use crate::handler::clock::Moment;
use crate::handler::declared::Declared;
use crate::handler::options::Options;
use crate::registry::Label;
use crate::registry::view::View;
use crate::report::line::Line;
use crate::report::{HandlerReport, HandlerThread, Limit, Outcome};
use crate::sys;
#[cfg(feature = "picture")]
use core::time::Duration;
use std::sync::Arc;

/// The part of a report that does not depend on the outcome.
pub(super) enum Subject {
    Declared(&'static Declared),
    Registered(Label),
}

impl Subject {
    #[inline]
    pub(super) fn view(&self) -> View<'_> {
        match self {
            Self::Declared(handler) => View::Declared(handler),
            Self::Registered(label) => View::from(label),
        }
    }

    pub(super) fn name(&self) -> &str {
        self.view().name()
    }

    pub(super) fn options(&self) -> &Options {
        self.view().options()
    }

    /// As the lines name a handler.
    #[cold]
    #[inline(never)]
    pub(super) fn push_to(&self, line: &mut Line) {
        let location = self.view().location();
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

/// The limit that a handler exceeded.
#[derive(Clone)]
pub(super) struct Exceeded {
    pub(super) limit: Limit,
    /// What it was waiting for, where that is known.
    pub(super) awaited: Option<Arc<str>>,
}

impl From<Limit> for Exceeded {
    fn from(limit: Limit) -> Self {
        Self { limit, awaited: None }
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
    /// The outcome of a handler that exceeded that limit, if it did.
    pub(super) fn report(&self, run_started: Moment, exceeded: Option<&Exceeded>) -> HandlerReport {
        let handler = self.subject.view();
        HandlerReport {
            name: handler.kept_name(),
            location: handler.location(),
            priority: handler.priority(),
            outcome: self.outcome.clone(),
            start: self.started.since(run_started),
            duration: self.ended.since(self.started),
            thread: self.thread,
            runner: Some(self.runner).filter(|&runner| runner != 0),
            limit: exceeded.map(|exceeded| exceeded.limit),
            awaited: exceeded.and_then(|exceeded| exceeded.awaited.clone()),
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
        let own = limit.map_or_else(
            || self.subject.view().options().timeout_or(default),
            |limit| limit.duration(),
        );
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

    fn is_empty(&self) -> bool {
        self.first.is_none() && self.others.is_empty()
    }

    /// Makes room for a record; `false` when there is no memory for it.
    pub(super) fn reserve_one(&mut self) -> bool {
        self.is_empty() || self.others.try_reserve(1).is_ok()
    }

    /// Makes room for so many records at once, if there is memory for them: records that have to
    /// move as more come cost time.
    pub(super) fn expect(&mut self, count: usize) {
        _ = self.others.try_reserve(count);
    }

    /// Adds a record. Without memory, the record is lost.
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
        if self.is_empty() {
            self.first = Some(record);
        } else if self.reserve_one() {
            sys::push_reserved(&mut self.others, record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_stay_in_order_where_room_was_made_and_where_it_was_not() {
        static HANDLER: Declared = Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(()));
        for expected in [0, 3] {
            let mut log = Log::new();
            log.expect(expected);
            assert!(log.is_empty() && log.reserve_one());
            for runner in 0..9 {
                log.push(Record {
                    subject: Subject::Declared(&HANDLER),
                    outcome: Outcome::Completed,
                    started: Moment::NEVER,
                    ended: Moment::NEVER,
                    thread: None,
                    runner,
                    number: None,
                });
            }
            assert!(log.len() == 9 && log.iter().map(|record| record.runner).eq(0..9));
        }
    }
}
