//! A handler between the table and its call, and the call itself.

use crate::handler::context::ExitContext;
use crate::handler::declared::Declared;
use crate::handler::id::HandlerId;
use crate::handler::raw::Action;
use crate::handler::{Returned, When};
use crate::order::Place;
use crate::registry::Label;
use crate::report::line::Line;
use crate::report::{Limit, Outcome};
use crate::run::log::Subject;
use crate::text::duration::Size;
use core::time::Duration;

/// What the invocation calls.
pub(super) enum Job {
    Declared(fn(&ExitContext) -> Returned),
    Registered(Action),
    /// Not a handler: an event about one. Whether code of the program took it.
    #[cfg(events)]
    Send(Box<dyn FnOnce() -> bool + Send>),
    /// The last one: flush std's stdout.
    Flush,
}

/// One call of a handler.
pub(super) struct Invocation {
    pub(super) number: u64,
    pub(super) id: Option<HandlerId>,
    pub(super) job: Job,
    pub(super) context: ExitContext,
}

/// A handler that was removed from the table.
pub(super) struct Dequeued {
    pub(super) place: Option<Place>,
    pub(super) subject: Option<Subject>,
    pub(super) id: Option<HandlerId>,
    pub(super) job: Job,
    pub(super) timeout: Duration,
    pub(super) when: When,
    pub(super) wants_caller: bool,
    /// It ends by itself when its time has expired.
    pub(super) keeps_time: bool,
}

impl Dequeued {
    pub(super) const fn flush(timeout: Duration) -> Self {
        Self::of_no_handler(Job::Flush, timeout, true)
    }

    #[cfg(events)]
    pub(super) const fn event(send: Box<dyn FnOnce() -> bool + Send>, timeout: Duration) -> Self {
        Self::of_no_handler(Job::Send(send), timeout, false)
    }

    const fn of_no_handler(job: Job, timeout: Duration, wants_caller: bool) -> Self {
        Self {
            place: None,
            subject: None,
            id: None,
            job,
            timeout,
            when: When::Always,
            wants_caller,
            keeps_time: false,
        }
    }

    /// `default` is the timeout of a handler that has none of its own.
    #[inline]
    pub(super) fn declared(place: Place, handler: &'static Declared, default: Duration) -> Self {
        let job = Job::Declared(handler.function());
        Self::of(place, Subject::Declared(handler), None, job, default)
    }

    #[inline]
    pub(super) fn registered(
        place: Place,
        label: Label,
        action: Action,
        default: Duration,
    ) -> Self {
        let id = HandlerId::of(place.rank);
        Self::of(place, Subject::Registered(label), Some(id), Job::Registered(action), default)
    }

    #[inline]
    fn of(
        place: Place,
        subject: Subject,
        id: Option<HandlerId>,
        job: Job,
        default: Duration,
    ) -> Self {
        let options = *subject.options();
        Self {
            place: Some(place),
            subject: Some(subject),
            id,
            job,
            timeout: options.timeout_or(default),
            when: options.when,
            wants_caller: options.on_caller,
            keeps_time: options.asynchronous,
        }
    }
}

pub(super) fn flush_line(outcome: &Outcome, limit: Limit, line: &mut Line) {
    if *outcome == Outcome::TimedOut {
        line.set(format_args!(
            "stdout was not flushed within {}: no process reads it, \
             or another thread holds its lock",
            Size(limit.duration())
        ));
    }
}
