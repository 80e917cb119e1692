//! One handler on its way from the table to whoever calls it.

use crate::handler::context::ExitContext;
use crate::handler::declared::Declared;
use crate::handler::id::HandlerId;
use crate::handler::raw::Action;
use crate::handler::{Returned, When};
use crate::order::Place;
use crate::registry::Entry;
use crate::report::line::Line;
use crate::report::{Limit, Outcome};
use crate::run::log::Subject;
use crate::text::duration::Size;
use core::time::Duration;

/// What is to be called.
pub(super) enum Job {
    Declared(fn(&ExitContext) -> Returned),
    Registered(Action),
    /// Not a handler: an event about one. Whether code of the program took it.
    #[cfg(events)]
    Send(Box<dyn FnOnce() -> bool + Send>),
    /// The last one: flush std's stdout.
    Flush,
}

/// One handler on its way to be called.
pub(super) struct Invocation {
    pub(super) number: u64,
    pub(super) id: Option<HandlerId>,
    pub(super) job: Job,
    pub(super) context: ExitContext,
}

/// A handler that was taken off the table.
pub(super) struct Dequeued {
    pub(super) place: Option<Place>,
    pub(super) subject: Option<Subject>,
    pub(super) id: Option<HandlerId>,
    pub(super) job: Job,
    pub(super) limit: Duration,
    pub(super) when: When,
    pub(super) wants_caller: bool,
    /// It ends by itself when its time is over.
    pub(super) keeps_time: bool,
}

impl Dequeued {
    pub(super) const fn flush(limit: Duration) -> Self {
        Self {
            place: None,
            subject: None,
            id: None,
            job: Job::Flush,
            limit,
            when: When::Always,
            wants_caller: true,
            keeps_time: false,
        }
    }

    #[cfg(events)]
    pub(super) const fn event(send: Box<dyn FnOnce() -> bool + Send>, limit: Duration) -> Self {
        let job = Job::Send(send);
        Self {
            place: None,
            subject: None,
            id: None,
            job,
            limit,
            when: When::Always,
            wants_caller: false,
            keeps_time: false,
        }
    }

    /// `default` is the timeout of a handler that says nothing about it.
    pub(super) fn declared(place: Place, handler: &'static Declared, default: Duration) -> Self {
        Self {
            place: Some(place),
            subject: Some(Subject::Declared(handler)),
            id: None,
            job: Job::Declared(handler.function()),
            limit: handler.limit(default),
            when: handler.ends(),
            wants_caller: handler.wants_caller(),
            keeps_time: handler.is_async(),
        }
    }

    pub(super) fn registered(place: Place, id: HandlerId, entry: Entry, default: Duration) -> Self {
        let (limit, when, wants_caller) =
            (entry.limit(default), entry.ends(), entry.wants_caller());
        let (label, action) = entry.into_label_and_action();
        Self {
            place: Some(place),
            subject: Some(Subject::Registered(label)),
            id: Some(id),
            job: Job::Registered(action),
            limit,
            when,
            wants_caller,
            keeps_time: false,
        }
    }
}

pub(super) fn flush_line(outcome: &Outcome, limit: Limit, line: &mut Line) {
    if *outcome == Outcome::TimedOut {
        line.set(format_args!("stdout was not flushed within {}: no process reads it, or another thread holds its lock", Size(limit.duration())));
    }
}
