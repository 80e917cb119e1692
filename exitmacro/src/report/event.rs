//! What `tracing` and `log` are told: the outcome of a handler, and the summary of the run.

use crate::handler::context::ExitReason;
use crate::report::line::Line;
use crate::report::totals::Totals;
use crate::report::words::{End, skipped_because};
use crate::report::{HandlerReport, Outcome};
use crate::text::duration::Took;
use core::fmt;
use core::time::Duration;

/// What happened.
#[derive(Clone)]
pub(crate) enum Event {
    /// A handler ended, or was skipped.
    Handler {
        handler: HandlerReport,
        end: End,
        /// Stderr has a line about it in any case.
        is_printed: bool,
    },
    /// All handlers ended.
    Summary(Summary),
}

/// How important the outcome of a handler is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Error,
    Warn,
    Debug,
}

/// What happened in the run as a whole.
#[derive(Clone)]
pub(crate) struct Summary {
    pub(crate) reason: ExitReason,
    pub(crate) status: Option<i32>,
    pub(crate) totals: Totals,
    pub(crate) elapsed: Duration,
    pub(crate) budget: Duration,
}

impl Event {
    /// Passes it to the function for its kind.
    pub(crate) fn tell(&self, outcome: fn(Level, &HandlerReport, End), summary: fn(&Summary)) {
        match self {
            Self::Handler { handler, end, .. } => outcome(level(handler), handler, *end),
            Self::Summary(all) => summary(all),
        }
    }

    /// Has `line` take its place, where it was not taken. `false` when stderr needs no line.
    pub(crate) fn say_instead(&self, line: &mut Line) -> bool {
        match self {
            Self::Handler { handler, end, is_printed: false } if !handler.outcome.is_quiet() => {
                line.set_outcome(handler.clone(), *end);
                true
            }
            _ => false,
        }
    }
}

fn level(handler: &HandlerReport) -> Level {
    if handler.outcome.is_quiet() {
        Level::Debug
    } else if handler.outcome.is_failure() {
        Level::Error
    } else {
        Level::Warn
    }
}

/// What the outcome consists of besides its name: a message, a limit, a reason, or a status.
pub(crate) fn detail(handler: &HandlerReport) -> Option<String> {
    match &handler.outcome {
        Outcome::Completed => None,
        Outcome::Failed(message) | Outcome::Panicked(message) => Some(message.clone()),
        Outcome::TimedOut => handler.exceeded().map(|exceeded| exceeded.to_string()),
        Outcome::Skipped(reason) => Some(skipped_because(*reason).to_owned()),
        Outcome::Exited(status) => Some(format!("status {status}")),
    }
}

/// One sentence about a handler that is named elsewhere.
#[cfg(feature = "tracing")]
pub(crate) fn sentence(handler: &HandlerReport, end: End) -> &'static str {
    match handler.outcome {
        Outcome::Completed => "exit handler completed",
        Outcome::Failed(_) => "exit handler failed",
        Outcome::Panicked(_) => "exit handler panicked",
        Outcome::TimedOut if end.is_abandoned() => "exit handler timed out and was abandoned",
        Outcome::TimedOut => "exit handler timed out",
        Outcome::Skipped(_) => "exit handler skipped",
        Outcome::Exited(_) => "exit handler ended by an exit",
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, totals, elapsed, .. } = self;
        write!(f, "the exit handlers have run ({reason}): {totals}, in {}", Took(*elapsed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::Location;
    use crate::report::{HandlerThread, Limit, SkipReason};
    use std::borrow::Cow;

    fn handler(outcome: Outcome) -> HandlerReport {
        HandlerReport {
            name: Cow::Borrowed("app::close"),
            location: Location::new("src/main.rs", 7),
            priority: 0,
            outcome,
            start: Duration::ZERO,
            duration: Duration::from_secs(1),
            thread: Some(HandlerThread::Runner),
            runner: Some(1),
            #[cfg(feature = "picture")]
            allowed: None,
            limit: None,
            awaited: None,
        }
    }

    fn summary() -> Summary {
        Summary {
            reason: ExitReason::Return,
            status: Some(0),
            totals: Totals::of([Outcome::Completed].iter()),
            elapsed: Duration::from_millis(1500),
            budget: Duration::from_secs(25),
        }
    }

    #[test]
    fn failures_are_errors_and_what_is_as_it_should_be_is_for_debugging() {
        let expected = [
            (Outcome::Completed, Level::Debug),
            (Outcome::Exited(3), Level::Debug),
            (Outcome::Skipped(SkipReason::When), Level::Debug),
            (Outcome::Skipped(SkipReason::Environment), Level::Warn),
            (Outcome::Skipped(SkipReason::Budget), Level::Error),
            (Outcome::Skipped(SkipReason::UnknownStatus), Level::Error),
            (Outcome::Failed(String::new()), Level::Error),
            (Outcome::Panicked(String::new()), Level::Error),
            (Outcome::TimedOut, Level::Error),
        ];
        for (outcome, level) in expected {
            let event = |is_printed| Event::Handler {
                handler: handler(outcome.clone()),
                end: End::OfItself,
                is_printed,
            };
            assert_eq!(super::level(&handler(outcome.clone())), level, "{outcome}");
            let mut line = Line::new();
            assert!(!event(true).say_instead(&mut line) && line.is_empty(), "{outcome}");
            let has_line = level != Level::Debug;
            assert_eq!(event(false).say_instead(&mut line), has_line, "{outcome}");
            assert_eq!(line.is_empty(), !has_line, "{outcome}");
        }
        assert!(!Event::Summary(summary()).say_instead(&mut Line::new()));
    }

    #[test]
    fn the_detail_is_what_the_name_of_the_outcome_leaves_open() {
        let detail = |outcome| detail(&handler(outcome));
        assert_eq!(detail(Outcome::Completed), None);
        assert_eq!(detail(Outcome::Failed("disk full".to_owned())).as_deref(), Some("disk full"));
        assert_eq!(detail(Outcome::Panicked("oh".to_owned())).as_deref(), Some("oh"));
        assert_eq!(detail(Outcome::TimedOut), None, "std has parked it");
        assert_eq!(detail(Outcome::Exited(3)).as_deref(), Some("status 3"));
        assert_eq!(
            detail(Outcome::Skipped(SkipReason::Environment)).as_deref(),
            Some("EXITMACRO_SKIP matches it")
        );
        let late = HandlerReport {
            limit: Some(Limit::Timeout(Duration::from_secs(1))),
            ..handler(Outcome::TimedOut)
        };
        assert_eq!(super::detail(&late).as_deref(), Some("its timeout is 1s"));
    }

    #[test]
    fn the_summary_is_one_sentence() {
        assert_eq!(
            summary().to_string(),
            "the exit handlers have run (return): 1 handler: 1 completed, in 1.5s"
        );
    }
}
