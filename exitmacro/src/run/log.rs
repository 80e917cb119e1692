//! The record of each handler, as the run keeps it for the report.

use crate::handler::Queued;
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
    /// The handler in the queue; `label` tells what it is, if it is registered.
    #[inline(always)]
    pub(super) fn of(
        handler: Queued,
        declared: &'static [Declared],
        label: impl FnOnce() -> Option<Label>,
    ) -> Option<Self> {
        if handler.is_declared() {
            declared.get(handler.index() as usize).map(Self::Declared)
        } else {
            label().map(Self::Registered)
        }
    }

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
    pub(super) fn as_logged(&self) -> Logged<'_> {
        Logged {
            subject: &self.subject,
            outcome: &self.outcome,
            started: self.started,
            ended: self.ended,
            thread: self.thread,
            runner: self.runner,
            number: self.number,
        }
    }
}

/// A handler that completed, in a [`Batch`]. A third of the size of a [`Record`].
struct Completed {
    subject: Subject,
    ended: Moment,
}

/// Handlers that completed one after the other on one thread: each started when the one before it
/// ended.
struct Batch {
    /// The place of the first of them in the log.
    place: usize,
    /// The same among those of all batches.
    first: usize,
    /// When the first of them started.
    started: Moment,
    thread: HandlerThread,
    runner: u32,
    /// Those that follow them, of which there is no record.
    unlisted: Unlisted,
}

/// Handlers that completed in a lane, of which the order keeps the queue.
#[derive(Clone, Copy)]
pub(super) struct Unlisted {
    pub(super) count: usize,
    /// The place of the first of them in the queue of the order.
    pub(super) first: usize,
    /// How many nanoseconds each of them took.
    pub(super) share: u64,
}

impl Unlisted {
    const NONE: Self = Self { count: 0, first: 0, share: 0 };
}

/// What the log has of one handler.
pub(super) struct Logged<'a> {
    pub(super) subject: &'a Subject,
    pub(super) outcome: &'a Outcome,
    started: Moment,
    ended: Moment,
    thread: Option<HandlerThread>,
    runner: u32,
    pub(super) number: Option<u32>,
}

impl Logged<'_> {
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
impl Logged<'_> {
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

/// What became of the handlers of a run, in the order in which that was noted. The first record
/// takes no memory.
pub(super) struct Log {
    first: Option<Record>,
    others: Vec<Record>,
    /// Those of all batches.
    completed: Vec<Completed>,
    batches: Vec<Batch>,
    /// How many are unlisted.
    unlisted: usize,
}

impl Log {
    pub(super) const fn new() -> Self {
        Self {
            first: None,
            others: Vec::new(),
            completed: Vec::new(),
            batches: Vec::new(),
            unlisted: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        let listed = usize::from(self.first.is_some()) + self.others.len() + self.completed.len();
        listed + self.unlisted
    }

    pub(super) fn iter(&self) -> Iter<'_> {
        Iter {
            log: self,
            place: 0,
            records: 0,
            completed: 0,
            batches: 0,
            started: Moment::NEVER,
            unlisted: 0,
        }
    }

    fn record(&self, index: usize) -> Option<&Record> {
        match index.checked_sub(1) {
            None => self.first.as_ref(),
            Some(index) => self.others.get(index),
        }
    }

    /// What became of the handler at that place.
    pub(super) fn get(&self, place: usize) -> Option<Logged<'_>> {
        let mut handlers = self.iter();
        loop {
            let next = handlers.next()?;
            if handlers.place == place + 1 {
                return Some(next);
            }
        }
    }

    fn has_no_record(&self) -> bool {
        self.first.is_none() && self.others.is_empty()
    }

    /// Makes room for a record; `false` when there is no memory for it.
    pub(super) fn reserve_one(&mut self) -> bool {
        self.has_no_record() || self.others.try_reserve(1).is_ok()
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
        if self.has_no_record() {
            self.first = Some(record);
        } else if self.reserve_one() {
            sys::push_reserved(&mut self.others, record);
        }
    }

    /// Makes room for so many handlers of batches at once, as what has to move as more comes costs
    /// time; `false` when there is no memory for them.
    #[inline(never)]
    pub(super) fn expect_completed(&mut self, count: usize) -> bool {
        self.completed.try_reserve(count).is_ok()
    }

    /// Begins a batch of at most so many handlers, the first of which started then; `false` when
    /// there is no memory for it.
    pub(super) fn begin_batch(
        &mut self,
        started: Moment,
        thread: HandlerThread,
        runner: u32,
        most: usize,
    ) -> bool {
        let (place, first) = (self.len(), self.completed.len());
        // Of two at one place, only the second one is found.
        self.batches.pop_if(|batch| batch.place == place);
        let batch = Batch { place, first, started, thread, runner, unlisted: Unlisted::NONE };
        let has_room = self.batches.try_reserve(1).is_ok() && self.expect_completed(most);
        if has_room {
            sys::push_reserved(&mut self.batches, batch);
        }
        has_room
    }

    /// Adds a handler to the batch that began last.
    #[inline]
    pub(super) fn push_completed(&mut self, subject: Subject, ended: Moment) {
        sys::push_reserved(&mut self.completed, Completed { subject, ended });
    }
}

impl Log {
    /// Adds handlers behind the batch that began last, without a record of each.
    pub(super) fn push_unlisted(&mut self, unlisted: Unlisted) {
        if let Some(batch) = self.batches.last_mut() {
            self.unlisted += unlisted.count;
            batch.unlisted = unlisted;
        }
    }

    /// Makes a record of each handler that has none. `subject` says what the handler is at a place
    /// in the queue of the order. Without memory, they stay unlisted.
    pub(super) fn list(&mut self, mut subject: impl FnMut(usize) -> Option<Subject>) {
        let mut listed = Vec::new();
        let count = self.completed.len() + self.unlisted;
        if self.unlisted == 0 || listed.try_reserve_exact(count).is_err() {
            return;
        }
        let mut recorded = core::mem::take(&mut self.completed).into_iter();
        let mut ends = self.batches.iter().map(|batch| batch.first).skip(1);
        let mut places = Vec::new();
        for batch in &self.batches {
            let end = ends.next().unwrap_or(usize::MAX);
            places.push(listed.len());
            listed.extend(recorded.by_ref().take(end - batch.first));
            let mut ended = listed.last().map_or(batch.started, |last: &Completed| last.ended);
            let Unlisted { count, first, share } = batch.unlisted;
            for subject in (first..first + count).filter_map(&mut subject) {
                ended = ended.plus_nanoseconds(share);
                listed.push(Completed { subject, ended });
            }
        }
        for (batch, first) in self.batches.iter_mut().zip(places) {
            (batch.first, batch.unlisted) = (first, Unlisted::NONE);
        }
        (self.completed, self.unlisted) = (listed, 0);
    }
}

/// Goes through a log, from the first handler to the last, and passes those that are unlisted.
pub(super) struct Iter<'a> {
    log: &'a Log,
    /// How many handlers were passed, with those that are unlisted.
    place: usize,
    /// How many of each were passed; of the batches, how many have begun.
    records: usize,
    completed: usize,
    batches: usize,
    /// When the next handler of the batch started.
    started: Moment,
    /// How many of the batch are unlisted, and were not passed.
    unlisted: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Logged<'a>;

    /// Not inlined, so that it is compiled once, for whatever is asked about the handlers.
    #[inline(never)]
    fn next(&mut self) -> Option<Logged<'a>> {
        let log = self.log;
        loop {
            if let Some(next) = log.batches.get(self.batches)
                && next.place == self.place
            {
                self.batches += 1;
                self.started = next.started;
                self.unlisted = next.unlisted.count;
            }
            let end = log.batches.get(self.batches).map_or(log.completed.len(), |next| next.first);
            if self.completed < end {
                break;
            }
            if self.unlisted == 0 {
                let record = log.record(self.records)?;
                self.records += 1;
                self.place += 1;
                return Some(record.as_logged());
            }
            self.place += core::mem::take(&mut self.unlisted);
        }
        let batch = log.batches.get(self.batches.checked_sub(1)?)?;
        let Completed { subject, ended } = log.completed.get(self.completed)?;
        self.completed += 1;
        self.place += 1;
        Some(Logged {
            subject,
            outcome: &Outcome::Completed,
            started: core::mem::replace(&mut self.started, *ended),
            ended: *ended,
            thread: Some(batch.thread),
            runner: batch.runner,
            number: None,
        })
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
