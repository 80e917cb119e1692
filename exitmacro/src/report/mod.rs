//! The outcomes of the handlers, as a program reads them.

#[cfg(events)]
pub(crate) mod event;
pub(crate) mod line;
pub(crate) mod outcome;
pub(crate) mod screen;
pub(crate) mod totals;
pub(crate) mod words;

use crate::handler::Location;
use crate::handler::context::ExitReason;
use crate::report::totals::Totals;
use crate::text::duration::Size;
use crate::text::table::{self, Align};
use core::fmt;
use core::time::Duration;
pub use outcome::{Outcome, SkipReason};
use std::borrow::Cow;

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
    pub(crate) runner: Option<u32>,
    pub(crate) limit: Option<Limit>,
    /// How long it could run at most; `None` where it did not run.
    #[cfg(feature = "picture")]
    pub(crate) allowed: Option<Duration>,
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

    /// Which of the runner threads it ran on, counted from 1 in the order in which they started;
    /// `None` when it ran on the [caller](HandlerThread::Caller) or was skipped.
    ///
    /// ```standalone_crate
    /// exitmacro::register(|| ())?;
    /// assert_eq!(exitmacro::run().handlers()[0].runner(), Some(1));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn runner(&self) -> Option<u32> {
        self.runner
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
///
/// # Serialization
///
/// With the feature `serde` it implements `Serialize`. Its fields, and those of what it consists
/// of, are named as the methods; fields may be added later. Times are numbers of seconds. The
/// variants of enums are in snake case, with their data where they have any: `"completed"`,
/// `{"failed": "disk full"}`. Each edge is a pair.
///
#[cfg_attr(feature = "serde", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "serde"), doc = "```ignore")]
/// exitmacro::Handler::new("save").priority(5).register(|| Err::<(), _>("disk full"))?;
/// let json = serde_json::to_value(exitmacro::run())?;
/// assert_eq!(json["reason"], "requested");
/// assert_eq!(json["totals"]["failed"], 1);
/// let handler = &json["handlers"][0];
/// assert_eq!((&handler["name"], &handler["priority"]), (&"save".into(), &5.into()));
/// assert_eq!(handler["outcome"], serde_json::json!({ "failed": "disk full" }));
/// assert!(handler["duration"].as_f64() < Some(60.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) reason: ExitReason,
    pub(crate) status: Option<i32>,
    pub(crate) budget: Option<Duration>,
    pub(crate) duration: Duration,
    pub(crate) is_finished: bool,
    pub(crate) handlers: Vec<HandlerReport>,
    pub(crate) edges: Vec<(usize, usize)>,
}

/// A report has no more edges than this: `after` and `before` with types can mean as many as there
/// are pairs of values.
pub(crate) const MOST_EDGES: usize = 100_000;

impl Report {
    #[cfg(test)]
    pub(crate) fn empty() -> Self {
        Self {
            reason: ExitReason::Requested,
            status: None,
            budget: None,
            duration: Duration::ZERO,
            is_finished: true,
            handlers: Vec::new(),
            edges: Vec::new(),
        }
    }

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

    /// The exit status as the run knows it; `None` where it is not known, as in
    /// [`ExitContext::code`](crate::ExitContext::code), and in a run by hand.
    #[must_use]
    pub fn status(&self) -> Option<i32> {
        self.status
    }

    /// The budget of the run; `None` when nothing ran.
    #[must_use]
    pub fn budget(&self) -> Option<Duration> {
        self.budget
    }

    /// How long the run took, or has taken so far.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Whether the run has finished. A report that was made [in a
    /// handler](crate::ExitContext::report) contains only what has ended by then.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// How many handlers came to which outcome.
    ///
    /// ```standalone_crate
    /// exitmacro::register(|| ())?;
    /// exitmacro::register(|| Err::<(), _>("disk full"))?;
    /// let totals = exitmacro::run().totals();
    /// assert_eq!((totals.completed, totals.failed, totals.all()), (1, 1, 2));
    /// assert_eq!(totals.to_string(), "2 handlers: 1 completed, 1 failed");
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals::of(self.handlers.iter().map(|handler| &handler.outcome))
    }

    /// Which handlers waited for which, because of `after` and `before`: pairs of places in
    /// [`handlers`](Self::handlers), the awaited handler first. At most 100,000.
    #[must_use]
    pub fn edges(&self) -> &[(usize, usize)] {
        &self.edges
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
            ("#", Align::Right),
            ("priority", Align::Right),
            ("handler", Align::Left),
            ("location", Align::Left),
            ("thread", Align::Left),
            ("start", Align::Right),
            ("duration", Align::Right),
            ("outcome", Align::Left),
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
            runner: None,
            start: Duration::from_micros(1500),
            duration: Duration::from_millis(20),
            limit: None,
            #[cfg(feature = "picture")]
            allowed: None,
        });
        Report { reason: ExitReason::Requested, handlers: handlers.collect(), ..Report::empty() }
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
