//! What became of each handler.

pub(crate) mod line;
mod outcome;
pub(crate) mod words;

pub use outcome::{HandlerThread, Limit, Outcome, SkipReason};

use crate::handler::Location;
use crate::handler::context::ExitReason;
use crate::text::table::{self, Edge};
use core::fmt;
use core::time::Duration;
use std::borrow::Cow;

/// What became of one handler, when, and where.
#[derive(Clone, Debug)]
pub struct HandlerReport {
    pub(crate) name: Cow<'static, str>,
    pub(crate) location: Location,
    pub(crate) priority: i32,
    pub(crate) outcome: Outcome,
    pub(crate) start: Duration,
    pub(crate) duration: Duration,
    pub(crate) thread: Option<HandlerThread>,
    pub(crate) limit: Option<Limit>,
}

impl HandlerReport {
    /// The name it was given, or else the path of its function.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it was declared or registered.
    #[must_use]
    pub fn location(&self) -> Location {
        self.location
    }

    /// Its priority.
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// What became of it.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// When it started, or was skipped, counted from the beginning of the run.
    #[must_use]
    pub fn start(&self) -> Duration {
        self.start
    }

    /// How long it ran; for an abandoned one, how long it had run by then.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The limit that it did not keep; `None` unless it [timed out](Outcome::TimedOut) there. One
    /// that never returns because it called `std::process::exit` may be reported before its time
    /// has expired.
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        self.limit
    }

    /// What became of it, with the limit that it did not keep.
    pub(crate) fn result(&self) -> String {
        self.limit
            .map_or_else(|| self.outcome.to_string(), |limit| format!("{}: {limit}", self.outcome))
    }

    /// The thread it ran on; `None` when it was skipped.
    #[must_use]
    pub fn thread(&self) -> Option<HandlerThread> {
        self.thread
    }
}

/// What became of all handlers. Returned by [`run`](crate::run); its `Display` is a table.
///
/// ```
/// # exitmacro::register(|| ())?;
/// let report = exitmacro::run();
/// assert!(report.is_success());
/// println!("{report}");
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) reason: ExitReason,
    pub(crate) handlers: Vec<HandlerReport>,
}

impl Report {
    /// The handlers in the order in which they ended.
    #[must_use]
    pub fn handlers(&self) -> &[HandlerReport] {
        &self.handlers
    }

    /// What started the run.
    #[must_use]
    pub fn reason(&self) -> ExitReason {
        self.reason
    }

    /// Whether all handlers did what they were asked to, those aside that are not for this end;
    /// also `true` when there were none.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.handlers.iter().all(|handler| handler.outcome.is_quiet())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.handlers.is_empty() {
            return f.write_str("no exit handlers ran");
        }
        let titles = [
            ("#", Edge::Right),
            ("priority", Edge::Right),
            ("handler", Edge::Left),
            ("location", Edge::Left),
            ("thread", Edge::Left),
            ("start", Edge::Right),
            ("duration", Edge::Right),
            ("outcome", Edge::Left),
        ];
        let rows: Vec<_> = self
            .handlers
            .iter()
            .zip(1..)
            .map(|(handler, number)| {
                [
                    number.to_string(),
                    handler.priority.to_string(),
                    table::cell(&handler.name),
                    handler.location.to_string(),
                    handler.thread.map_or_else(|| "-".to_owned(), |thread| thread.to_string()),
                    format!("{:.1?}", handler.start),
                    format!("{:.1?}", handler.duration),
                    table::cell(&handler.result()),
                ]
            })
            .collect();
        table::write(f, titles, &rows)
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
