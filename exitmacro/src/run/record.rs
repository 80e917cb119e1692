//! What became of one handler, as the run keeps it, and the line that stderr gets of it.

use super::line::{Line, Took};
use super::report::{HandlerReport, HandlerThread, Limit, Outcome, SkipReason};
use crate::handler::declared::Declared;
use crate::handler::moment::Moment;
use crate::handler::registered::Label;
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

/// How a handler ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It returned, panicked, or dropped its future when its time had expired.
    OfItself,
    /// It completed after its time had expired, where nothing could interrupt it.
    Late,
    /// Its time has expired, and its thread is left behind.
    Abandoned,
    /// The same, where std may have parked its thread.
    AbandonedPerhapsParked,
    /// Std has parked its thread.
    Parked,
}

impl End {
    /// Whether it is abandoned because its time has expired.
    pub(super) fn is_abandoned(self) -> bool {
        matches!(self, Self::Abandoned | Self::AbandonedPerhapsParked)
    }

    /// What stands before and behind the limit in the line of a handler that timed out.
    fn words(self) -> (&'static str, &'static str) {
        let before = if self.is_abandoned() { " and was abandoned" } else { "" };
        let behind = match self {
            Self::OfItself | Self::Abandoned => "",
            Self::Late => "; nothing could interrupt it, and it has completed",
            Self::AbandonedPerhapsParked => {
                "; if it called `std::process::exit`, that never returns in a process that is already exiting: use `exitmacro::exit` instead"
            }
            Self::Parked => {
                ": it called `std::process::exit`, which never returns in a process that is already exiting; use `exitmacro::exit` instead"
            }
        };
        (before, behind)
    }
}

/// Makes this the text of the line. Each kind of text in a function of its own: in a debug build
/// the frame of one function had room for all of them, 1.6 KiB.
#[cold]
pub(super) fn outcome_line(handler: &HandlerReport, end: End, line: &mut Line) {
    match (&handler.outcome, handler.limit) {
        (Outcome::Completed, _) => completed(handler, line),
        (Outcome::Failed(message), _) => failed(handler, "failed", message, line),
        (Outcome::Panicked(message), _) => failed(handler, "panicked", message, line),
        (Outcome::TimedOut, Some(limit)) => timed_out(handler, limit, end, line),
        (Outcome::TimedOut, None) => stopped(handler, end, line),
        (Outcome::Skipped(reason), _) => skipped(handler, *reason, line),
        (Outcome::Exited(code), _) => exited(handler, *code, line),
    }
}

fn completed(handler: &HandlerReport, line: &mut Line) {
    let HandlerReport { name, location, priority, duration, .. } = handler;
    line.set(format_args!(
        "handler `{name}` ({location}, priority {priority}) completed after {}",
        Took(*duration)
    ));
}

fn failed(handler: &HandlerReport, how: &str, message: &str, line: &mut Line) {
    let HandlerReport { name, location, duration, .. } = handler;
    line.set(format_args!(
        "handler `{name}` ({location}) {how} after {}: {message}",
        Took(*duration)
    ));
}

fn timed_out(handler: &HandlerReport, limit: Limit, end: End, line: &mut Line) {
    let HandlerReport { name, location, duration, .. } = handler;
    let (abandoned, remark) = end.words();
    line.set(format_args!(
        "handler `{name}` ({location}) timed out after {}{abandoned}: {limit}{remark}",
        Took(*duration)
    ));
}

fn stopped(handler: &HandlerReport, end: End, line: &mut Line) {
    let HandlerReport { name, location, duration, .. } = handler;
    let (abandoned, remark) = end.words();
    line.set(format_args!(
        "handler `{name}` ({location}) timed out after {}{abandoned}{remark}",
        Took(*duration)
    ));
}

fn skipped(handler: &HandlerReport, reason: SkipReason, line: &mut Line) {
    let HandlerReport { name, location, .. } = handler;
    let why = match reason {
        SkipReason::When => "its `when` does not match this exit",
        SkipReason::UnknownStatus => {
            "the exit status is not known here; put `#[exitmacro::main]` on `main`"
        }
        SkipReason::Environment => "EXITMACRO_SKIP matches it",
        SkipReason::Budget => "the budget of the run is used up",
    };
    line.set(format_args!("handler `{name}` ({location}) skipped: {why}"));
}

fn exited(handler: &HandlerReport, code: i32, line: &mut Line) {
    let HandlerReport { name, location, duration, .. } = handler;
    line.set(format_args!(
        "handler `{name}` ({location}) ended after {} by exiting with {code}",
        Took(*duration)
    ));
}
