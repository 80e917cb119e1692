//! The exit status and the report of a run, and whether the status is that of the process.

use crate::config::TerminationMessage;
use crate::handler::context::ExitReason;
use crate::report::Report;
use crate::run::state::Run;
use crate::sys;

impl Run {
    /// The exit status as of now. A failed handler turns success into failure, if `on_failure` is
    /// configured. The status of a failure or of a signal stays.
    pub(super) fn status(&self) -> Option<i32> {
        let code = self.live.code();
        let terms = self.terms.filter(|terms| {
            self.has_failures
                && code.is_some_and(|code| sys::as_the_parent_sees(code) == 0)
                && !matches!(terms.reason, ExitReason::Signal(_))
        });
        terms.and_then(|terms| terms.config.on_failure).or(code)
    }

    /// The file for the termination message; once, and only when a handler failed.
    pub(super) fn take_termination_message(&mut self) -> Option<TerminationMessage> {
        if !self.has_failures {
            return None;
        }
        self.terms.as_mut()?.config.termination_message.take()
    }

    pub(super) fn report(&self) -> Report {
        let reason = self.terms.map_or(ExitReason::Requested, |terms| terms.reason);
        let mut limits = self.limits.iter().copied().peekable();
        let handlers = self.log.iter().enumerate().map(|(place, record)| {
            let limit = limits.next_if(|&(of, _)| of == place).map(|(_, limit)| limit);
            record.report(self.started, limit)
        });
        Report { reason, handlers: handlers.collect() }
    }

    pub(super) fn reason(&self) -> ExitReason {
        self.terms.map_or(ExitReason::Requested, |terms| terms.reason)
    }

    /// Whether the status of the run is that of the process. After `run`, called by hand, the
    /// process continues, and ends with any status.
    pub(super) fn decides_status(&self) -> bool {
        self.reason() != ExitReason::Requested || self.end_came_meanwhile || self.exit_asked
    }
}
