//! What became of one handler, as the run keeps it, and the line that stderr gets of it.

use super::line::{Line, Took};
use super::report::{HandlerReport, HandlerThread, Outcome, SkipReason};
use crate::handler::Location;
use crate::handler::declared::Declared;
use crate::handler::moment::Moment;
use std::borrow::Cow;

/// What a report says about a handler whatever becomes of it.
pub(super) enum Subject {
    Declared(&'static Declared),
    Registered { name: Cow<'static, str>, location: Location, priority: i32 },
}

impl Subject {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Declared(handler) => handler.name(),
            Self::Registered { name, .. } => name,
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
    pub(super) fn report(&self, run_started: Moment) -> HandlerReport {
        let (name, location, priority) = match &self.subject {
            Subject::Declared(handler) => (Cow::Borrowed(handler.name()), handler.location(), handler.own_priority()),
            Subject::Registered { name, location, priority } => (name.clone(), *location, *priority),
        };
        HandlerReport {
            name,
            location,
            priority,
            outcome: self.outcome.clone(),
            start: self.started.since(run_started),
            duration: self.ended.since(self.started),
            thread: self.thread,
        }
    }
}

/// What to do where libc does not tell the status.
const MAIN_KNOWS_IT: &str = "with `#[exitmacro::main]` on `main` it is";

#[cold]
pub(super) fn outcome_line(handler: &HandlerReport, remark: &str, line: &mut Line) {
    let HandlerReport { name, location, priority, outcome, duration, .. } = handler;
    let took = Took(*duration);
    match outcome {
        Outcome::Completed => line.set(format_args!("handler `{name}` ({location}, priority {priority}) completed after {took}")),
        Outcome::Failed(message) => line.set(format_args!("handler `{name}` ({location}) failed after {took}: {message}")),
        Outcome::Panicked(message) => line.set(format_args!("handler `{name}` ({location}) panicked after {took}: {message}")),
        Outcome::TimedOut => line.set(format_args!("handler `{name}` ({location}) timed out after {took}{remark}")),
        Outcome::Skipped(SkipReason::When) => line.set(format_args!("handler `{name}` ({location}) skipped: this is not an end that it is for")),
        Outcome::Skipped(SkipReason::UnknownStatus) => {
            line.set(format_args!("handler `{name}` ({location}) skipped: the exit status is not known here; {MAIN_KNOWS_IT}"))
        }
        Outcome::Skipped(SkipReason::Environment) => line.set(format_args!("handler `{name}` ({location}) skipped: EXITMACRO_SKIP asks for that")),
        Outcome::Skipped(SkipReason::Budget) => line.set(format_args!("handler `{name}` ({location}) skipped: the budget of the run is used up")),
        Outcome::Exited(code) => line.set(format_args!("handler `{name}` ({location}) ended after {took} by exiting with {code}")),
    }
}
