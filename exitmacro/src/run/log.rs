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
}

impl Log {
    pub(super) const fn new() -> Self {
        Self { first: None, others: Vec::new(), completed: Vec::new(), batches: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len() + self.completed.len()
    }

    pub(super) fn iter(&self) -> Iter<'_> {
        Iter { log: self, records: 0, completed: 0, batches: 0, started: Moment::NEVER }
    }

    fn record(&self, index: usize) -> Option<&Record> {
        match index.checked_sub(1) {
            None => self.first.as_ref(),
            Some(index) => self.others.get(index),
        }
    }

    /// What became of the handler at that place.
    pub(super) fn get(&self, place: usize) -> Option<Logged<'_>> {
        self.iter().nth(place)
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
        self.batches.pop_if(|batch| batch.first == first);
        let batch = Batch { place, first, started, thread, runner };
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

/// Goes through a log, from the first handler to the last.
pub(super) struct Iter<'a> {
    log: &'a Log,
    /// How many of each were passed; of the batches, how many have begun.
    records: usize,
    completed: usize,
    batches: usize,
    /// When the next handler of the batch started.
    started: Moment,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Logged<'a>;

    /// Not inlined, so that it is compiled once, for whatever is asked about the handlers.
    #[inline(never)]
    fn next(&mut self) -> Option<Logged<'a>> {
        let log = self.log;
        let place = self.records + self.completed;
        if let Some(next) = log.batches.get(self.batches)
            && next.place == place
        {
            self.batches += 1;
            self.started = next.started;
        }
        let end = log.batches.get(self.batches).map_or(log.completed.len(), |next| next.first);
        if self.completed == end {
            let record = log.record(self.records)?;
            self.records += 1;
            return Some(record.as_logged());
        }
        let batch = log.batches.get(self.batches.checked_sub(1)?)?;
        let Completed { subject, ended } = log.completed.get(self.completed)?;
        self.completed += 1;
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    static HANDLER: Declared = Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(()));

    fn at(nanoseconds: u64) -> Moment {
        Moment::from_bits(nanoseconds)
    }

    fn record(runner: u32, started: Moment, ended: Moment) -> Record {
        Record {
            subject: Subject::Declared(&HANDLER),
            outcome: Outcome::TimedOut,
            started,
            ended,
            thread: None,
            runner,
            number: None,
        }
    }

    proptest! {
        /// A step adds a record, or a batch with that many handlers.
        #[test]
        fn records_and_batches_stay_in_order(
            steps in prop::collection::vec(prop::option::of(0..4_usize), 0..12),
            expected_completed in 0..9_usize,
        ) {
            let (mut log, mut expected, mut now) = (Log::new(), Vec::new(), 0);
            prop_assert!(log.expect_completed(expected_completed));
            for (step, runner) in steps.into_iter().zip(1..) {
                match step {
                    None => {
                        prop_assert!(log.reserve_one());
                        log.push(record(runner, at(now), at(now + 1)));
                        expected.push((runner, Outcome::TimedOut, at(now), at(now + 1)));
                        now += 2;
                    }
                    Some(count) => {
                        let runner_thread = HandlerThread::Runner;
                        prop_assert!(log.begin_batch(at(now), runner_thread, runner, count));
                        for _ in 0..count {
                            log.push_completed(Subject::Declared(&HANDLER), at(now + 1));
                            expected.push((runner, Outcome::Completed, at(now), at(now + 1)));
                            now += 1;
                        }
                        now += 1;
                    }
                }
            }
            let seen = |logged: Logged<'_>| {
                (logged.runner, logged.outcome.clone(), logged.started, logged.ended)
            };
            prop_assert_eq!(log.len(), expected.len());
            let each = (0..log.len()).map(|place| log.get(place).map(seen));
            prop_assert!(each.eq(expected.iter().cloned().map(Some)));
            prop_assert!(log.iter().map(seen).eq(expected));
            prop_assert!(log.get(log.len()).is_none());
        }
    }

    /// Programs with many handlers have one for each.
    #[test]
    fn a_completed_handler_takes_32_bytes() {
        assert_eq!(size_of::<Completed>(), 32);
    }

    #[test]
    fn the_first_record_takes_no_memory() {
        let mut log = Log::new();
        log.push(record(1, at(1), at(2)));
        assert_eq!((log.len(), log.others.capacity()), (1, 0));
        (0..3).for_each(|_| log.push(record(1, at(1), at(2))));
        assert_eq!(log.len(), 4);
    }
}
