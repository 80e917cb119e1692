//! The outcomes of the handlers, as a program reads them.

pub(crate) mod line;
pub(crate) mod screen;
pub(crate) mod words;

use crate::handler::Location;
use crate::handler::context::ExitReason;
use crate::text::duration::Size;
use crate::text::table::{self, Edge};
use core::fmt;
use core::time::Duration;
use std::borrow::Cow;

/// The outcome of one handler.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned without an error.
    Completed,
    /// It returned an `Err`, with this text.
    Failed(String),
    /// It panicked, with this message.
    Panicked(String),
    /// It was still running when its timeout or the budget expired, and was abandoned. Also a
    /// handler that exceeded its timeout where it cannot be interrupted: in a shared object, or
    /// when no thread could be started.
    TimedOut,
    /// It was not run.
    Skipped(SkipReason),
    /// It ended itself by exiting with this status.
    Exited(i32),
}

/// Why a handler was not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// The budget of the whole run was used up.
    Budget,
    /// `EXITMACRO_SKIP` matches its name.
    Environment,
    /// Its `when` does not match this exit; see [`When`](crate::When).
    When,
    /// Its `when` asks for success or failure, and libc does not give the exit status (all but
    /// glibc, without [`#[exitmacro::main]`](macro@crate::main)).
    UnknownStatus,
}

impl Outcome {
    /// Whether the handler succeeded: it completed, or it ended by an exit.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Completed | Self::Exited(_))
    }
}

impl Outcome {
    /// Whether the handler failed. A handler that was skipped on request did not.
    pub(crate) fn is_failure(&self) -> bool {
        !self.is_success()
            && !matches!(self, Self::Skipped(SkipReason::Environment | SkipReason::When))
    }

    /// Whether only `EXITMACRO_LOG=trace` prints a line about it.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_success() || *self == Self::Skipped(SkipReason::When)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed => f.write_str("completed"),
            Self::Failed(message) => write!(f, "failed: {message}"),
            Self::Panicked(message) => write!(f, "panicked: {message}"),
            Self::TimedOut => f.write_str("timed out"),
            Self::Skipped(SkipReason::Budget) => f.write_str("skipped: the budget is used up"),
            Self::Skipped(SkipReason::When) => {
                f.write_str("skipped: its `when` does not match this exit")
            }
            Self::Skipped(SkipReason::UnknownStatus) => {
                f.write_str("skipped: the exit status is not known")
            }
            Self::Skipped(SkipReason::Environment) => {
                f.write_str("skipped: EXITMACRO_SKIP matches it")
            }
            Self::Exited(code) => write!(f, "exited with {code}"),
        }
    }
}

/// The limit of a handler's time. Its `Display` reads "its timeout is 10s".
///
/// The shortest of three: the timeout of the handler; while others wait, 90 % of the remaining
/// budget; and otherwise all of the remaining budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// Its own timeout, or that of the program for all handlers.
    Timeout(Duration),
    /// Its share of the remaining budget when it started. Other handlers waited, or, for an `async
    /// fn`, time was reserved to drop its future.
    #[non_exhaustive]
    Share {
        /// The share.
        share: Duration,
        /// The remaining budget.
        left: Duration,
    },
    /// All of the remaining budget when it started.
    #[non_exhaustive]
    Budget {
        /// The remaining budget.
        left: Duration,
        /// The budget of the run.
        budget: Duration,
    },
}

impl Limit {
    /// How long the handler had.
    #[must_use]
    pub fn duration(&self) -> Duration {
        match *self {
            Self::Timeout(time)
            | Self::Share { share: time, .. }
            | Self::Budget { left: time, .. } => time,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Timeout(timeout) => write!(f, "its timeout is {}", Size(timeout)),
            Self::Share { share, left } => {
                write!(f, "its share of the budget was {}, of {} left", Size(share), Size(left))
            }
            Self::Budget { left, budget } => {
                write!(f, "{} were left of the budget of {}", Size(left), Size(budget))
            }
        }
    }
}

/// The thread that a handler ran on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandlerThread {
    /// A thread that the run started.
    Runner,
    /// The thread that started the run: the exiting one, or the one that called
    /// [`run`](crate::run).
    Caller,
}

impl fmt::Display for HandlerThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Runner => "runner",
            Self::Caller => "caller",
        })
    }
}

/// The outcome of one handler, with time and thread.
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
    /// The given name, or else the path of the function.
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

    /// Its outcome.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// When it started, or was skipped, since the beginning of the run.
    #[must_use]
    pub fn start(&self) -> Duration {
        self.start
    }

    /// How long it ran; for an abandoned handler, until it was abandoned.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The limit that it exceeded; `None` unless it [timed out](Outcome::TimedOut). A handler that
    /// never returns because it called `std::process::exit` may be reported before its timeout
    /// expires.
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        self.limit
    }

    /// Its outcome, with the limit that it exceeded.
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

/// The outcomes of all handlers. Returned by [`run`](crate::run); its `Display` is a table.
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

    /// Whether all handlers succeeded, ignoring those whose `when` did not match; also `true` when
    /// there were none.
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
            ("handler", Edge::Diverged),
            ("location", Edge::Diverged),
            ("thread", Edge::Diverged),
            ("start", Edge::Right),
            ("duration", Edge::Right),
            ("outcome", Edge::Diverged),
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
mod tests {
    use super::*;

    fn report(outcomes: impl IntoIterator<Item = Outcome>) -> Report {
        let handlers = outcomes.into_iter().zip(1..).map(|(outcome, number)| HandlerReport {
            name: Cow::Owned(format!("app::handler_{number}")),
            location: Location::new("src/main.rs", number),
            priority: 100 - number.cast_signed(),
            thread: (outcome != Outcome::Skipped(SkipReason::Budget))
                .then_some(HandlerThread::Runner),
            outcome,
            start: Duration::from_micros(1500),
            duration: Duration::from_millis(20),
            limit: None,
        });
        Report { reason: ExitReason::Requested, handlers: handlers.collect() }
    }

    #[test]
    fn display_is_an_aligned_table() {
        let report = report([
            Outcome::Completed,
            Outcome::Failed("disk full".to_owned()),
            Outcome::Skipped(SkipReason::Budget),
        ]);
        let expected = "\
#  priority  handler         location       thread  start  duration  outcome
1        99  app::handler_1  src/main.rs:1  runner  1.5ms    20.0ms  completed
2        98  app::handler_2  src/main.rs:2  runner  1.5ms    20.0ms  failed: disk full
3        97  app::handler_3  src/main.rs:3  -       1.5ms    20.0ms  skipped: the budget is used up";
        assert_eq!(report.to_string(), expected);
    }

    #[test]
    fn the_table_says_which_limit_it_was() {
        let mut report = report([Outcome::TimedOut, Outcome::TimedOut, Outcome::TimedOut]);
        let [timeout, share, left, budget] = [10_000, 14, 20, 900].map(Duration::from_millis);
        let limits =
            [Limit::Timeout(timeout), Limit::Share { share, left }, Limit::Budget { left, budget }];
        report
            .handlers
            .iter_mut()
            .zip(limits)
            .for_each(|(handler, limit)| handler.limit = Some(limit));
        let expected = "\
#  priority  handler         location       thread  start  duration  outcome
1        99  app::handler_1  src/main.rs:1  runner  1.5ms    20.0ms  timed out: its timeout is 10s
2        98  app::handler_2  src/main.rs:2  runner  1.5ms    20.0ms  timed out: its share of the budget was 14ms, of 20ms left
3        97  app::handler_3  src/main.rs:3  runner  1.5ms    20.0ms  timed out: 20ms were left of the budget of 900ms";
        assert_eq!(report.to_string(), expected);
    }

    #[test]
    fn success_means_that_every_handler_did_what_it_was_asked_to() {
        assert!(report([]).is_success());
        assert!(report([Outcome::Completed, Outcome::Exited(3)]).is_success());
        for outcome in [
            Outcome::Failed(String::new()),
            Outcome::Panicked(String::new()),
            Outcome::TimedOut,
            Outcome::Skipped(SkipReason::Budget),
        ] {
            assert!(!report([Outcome::Completed, outcome]).is_success());
        }
    }

    #[test]
    fn a_handler_has_the_times_that_the_table_shows() {
        let report = report([Outcome::Completed]);
        let [handler] = report.handlers() else { panic!("one handler") };
        assert_eq!(
            (handler.start(), handler.duration()),
            (Duration::from_micros(1500), Duration::from_millis(20))
        );
    }

    #[test]
    fn an_empty_report_says_so() {
        assert_eq!(report([]).to_string(), "no exit handlers ran");
    }
}
