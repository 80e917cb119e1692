//! A handler that does not run, and why.

use crate::handler::When;
use crate::handler::clock::Moment;
use crate::registry::Table;
use crate::report::line::Line;
use crate::report::words::End;
use crate::report::{Outcome, SkipReason};
use crate::run::filter;
use crate::run::invocation::{Dequeued, Job};
use crate::run::log::{Record, Subject};
use crate::run::state::Run;

impl Run {
    pub(super) fn why_skipped(&self, dequeued: &Dequeued) -> Option<SkipReason> {
        let terms = self.terms.as_ref()?;
        let name = || dequeued.subject.as_ref().map_or("", Subject::name);
        if terms.config.skip.is_some_and(|patterns| filter::matches_any(patterns, name())) {
            return Some(SkipReason::Environment);
        }
        if dequeued.when == When::Always {
            None
        } else {
            filter::why_skipped(dequeued.when, terms.reason, self.status())
        }
    }

    pub(super) fn skip(
        &mut self,
        dequeued: Dequeued,
        reason: SkipReason,
        now: Moment,
        table: &mut Table,
        line: &mut Line,
    ) {
        if let Job::Registered(action) = dequeued.job {
            // To drop it would run code of the user, which nothing limits and which the user may
            // want skipped.
            core::mem::forget(action);
        }
        if let Some(id) = dequeued.id {
            table.ended(id);
        }
        if let Some(place) = dequeued.place {
            self.order.finish(place);
        }
        if let Some(subject) = dequeued.subject {
            self.log(
                Record {
                    subject,
                    outcome: Outcome::Skipped(reason),
                    started: now,
                    ended: now,
                    thread: None,
                    runner: 0,
                    number: dequeued.place.and_then(|place| place.number),
                },
                None,
                End::OfItself,
                false,
                line,
            );
        }
    }
}
