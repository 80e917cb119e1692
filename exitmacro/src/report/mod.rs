//! The outcomes of the handlers, as a program reads them.

#[cfg(events)]
pub(crate) mod event;
mod handler;
mod limit;
pub(crate) mod line;
pub(crate) mod outcome;
pub(crate) mod screen;
pub(crate) mod totals;
pub(crate) mod words;

use crate::handler::context::ExitReason;
use crate::report::totals::Totals;
use crate::text::table::{self, Align};
use core::fmt;
use core::time::Duration;
pub use handler::{HandlerReport, HandlerThread};
pub use limit::Limit;
pub use outcome::{Outcome, SkipReason};

/// The outcomes of all handlers. Returned by [`run`](crate::run); its `Display` is a table.
///
/// The guide: [environment](crate::guide::environment).
///
/// ```
/// # exitmacro::register(|| ())?;
/// let report = exitmacro::run();
/// assert!(report.is_success());
/// println!("{report}");
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
///
/// # Serialisation
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
    ///
    /// ```
    /// use exitmacro::Handler;
    ///
    /// Handler::new("drain").priority(1).register(|| ())?;
    /// Handler::new("close").register(|| ())?;
    /// let report = exitmacro::run();
    /// let place = |name| report.handlers().iter().position(|handler| handler.name() == name);
    /// assert!(place("drain") < place("close"));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn handlers(&self) -> &[HandlerReport] {
        &self.handlers
    }

    /// What started the run.
    ///
    /// ```
    /// assert_eq!(exitmacro::run().reason(), exitmacro::ExitReason::Requested);
    /// ```
    #[must_use]
    pub fn reason(&self) -> ExitReason {
        self.reason
    }

    /// The exit status as the run knows it; `None` where it is not known, as in
    /// [`ExitContext::code`](crate::ExitContext::code), and in a run by hand until a handler sets
    /// one.
    ///
    /// ```
    /// exitmacro::register(|exit: &exitmacro::ExitContext| exit.set_code(74))?;
    /// assert_eq!(exitmacro::run().status(), Some(74));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn status(&self) -> Option<i32> {
        self.status
    }

    /// The budget of the run; `None` when nothing ran.
    ///
    /// ```
    /// # exitmacro::register(|| ())?;
    /// let budget = exitmacro::run().budget();
    /// assert_eq!(budget.map(|budget| budget.as_secs()), Some(25));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn budget(&self) -> Option<Duration> {
        self.budget
    }

    /// How long the run took, or has taken so far.
    ///
    /// ```
    /// # exitmacro::register(|| ())?;
    /// let report = exitmacro::run();
    /// assert!(Some(report.duration()) < report.budget());
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Whether all handlers have ended. A report that was made [in a
    /// handler](crate::ExitContext::report) contains only what has ended by then.
    ///
    /// ```
    /// use exitmacro::ExitContext;
    ///
    /// exitmacro::register(|exit: &ExitContext| assert!(!exit.report().is_finished()))?;
    /// let report = exitmacro::run();
    /// assert!(report.is_finished() && report.is_success());
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
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
    ///
    /// ```
    /// use exitmacro::Handler;
    ///
    /// let pool = Handler::new("close the pool").register(|| ())?;
    /// Handler::new("flush the log").after_id(pool).register(|| ())?;
    /// let report = exitmacro::run();
    /// let name = |place: usize| report.handlers()[place].name();
    /// let mut edges = report.edges().iter().map(|&(first, then)| (name(first), name(then)));
    /// assert!(edges.any(|names| names == ("close the pool", "flush the log")));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn edges(&self) -> &[(usize, usize)] {
        &self.edges
    }

    /// Whether all handlers succeeded, ignoring those whose `when` did not match; also `true` when
    /// there were none.
    ///
    /// ```
    /// exitmacro::register(|| Err::<(), _>("disk full"))?;
    /// assert!(!exitmacro::run().is_success());
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
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
#[path = "report_tests.rs"]
mod tests;
