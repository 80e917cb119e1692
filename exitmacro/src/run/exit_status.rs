//! The exit status and the report of a run, and whether the status is that of the process.

use crate::config::TerminationMessage;
use crate::fork::ownership;
use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::order::places::by_place;
#[cfg(feature = "picture")]
use crate::report::HandlerReport;
use crate::report::{MOST_EDGES, Report};
use crate::run::state::{Phase, Run};
use crate::sys;
use core::time::Duration;

impl Run {
    /// The exit status as of now. A failed handler turns success into failure, if `on_failure` is
    /// configured. The status of a failure or of a signal stays. An end with an unknown status may
    /// be a success.
    #[inline(never)]
    pub(super) fn status(&self) -> Option<i32> {
        let code = self.live.code();
        let may_succeed = || match code {
            Some(code) => sys::as_the_parent_sees(code) == 0,
            None => self.ends_process(),
        };
        let terms = self.terms.as_ref().filter(|terms| {
            self.has_failures && !matches!(terms.reason, ExitReason::Signal(_)) && may_succeed()
        });
        terms.and_then(|terms| terms.config.on_failure).or(code)
    }

    /// The file for the termination message; once, and only when a handler failed in the process
    /// that owns the declared handlers. A forked child would replace what that left there.
    pub(super) fn take_termination_message(&mut self) -> Option<TerminationMessage> {
        if !self.has_failures || !ownership::owns_declared() {
            return None;
        }
        self.terms.as_mut()?.config.termination_message.take()
    }

    /// The outcomes at that time.
    pub(super) fn report(&self, now: Moment) -> Report {
        let mut limits = self.limits.iter().peekable();
        let handlers = self.log.iter().enumerate().map(|(place, record)| {
            let exceeded = limits.next_if(|(of, _)| *of == place).map(|(_, exceeded)| exceeded);
            let handler = record.report(self.started, exceeded);
            #[cfg(feature = "picture")]
            let handler = HandlerReport {
                allowed: self.terms.as_ref().and_then(|terms| {
                    record.allowed(handler.limit, terms.config.bounds.timeout, self.budget_end)
                }),
                ..handler
            };
            handler
        });
        let is_finished = self.phase == Phase::Finished;
        let end = if is_finished { self.ended } else { now };
        let has_begun = self.started != Moment::NEVER;
        Report {
            reason: self.reason(),
            status: self.status(),
            budget: self.terms.as_ref().map(|terms| terms.config.bounds.budget),
            duration: if has_begun { end.since(self.started) } else { Duration::ZERO },
            is_finished,
            handlers: handlers.collect(),
            edges: self.reported_edges(),
        }
    }

    /// Which of the reported handlers waited for which, by their places in the log.
    fn reported_edges(&self) -> Vec<(usize, usize)> {
        let edges = self.order.edges(MOST_EDGES);
        let numbers = self.log.iter().enumerate();
        by_place(&edges, numbers.filter_map(|(place, record)| Some((record.number?, place))))
    }

    pub(super) fn reason(&self) -> ExitReason {
        self.terms.as_ref().map_or(ExitReason::Requested, |terms| terms.reason)
    }

    /// Whether the process ends after the run.
    pub(super) fn ends_process(&self) -> bool {
        self.decides_status() && self.reason() != ExitReason::Unload
    }

    /// Whether the status of the run is that of the process. After `run`, called by hand, the
    /// process continues, and ends with any status.
    pub(super) fn decides_status(&self) -> bool {
        self.reason() != ExitReason::Requested || self.end_came_meanwhile || self.exit_asked
    }
}
