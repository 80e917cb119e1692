//! The plan: the handlers that would run, in order, as a program reads them. Pure: data in, data
//! out.

mod around;
pub(crate) mod assert;
pub(crate) mod explanation;
pub(crate) mod fits;
mod handler;
pub(crate) mod place;
pub(crate) mod scheduling;
mod worst_case;

use crate::config::Bounds;
use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::order::cycle::{Cycle, take_cycles};
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::order::next::Next;
use crate::order::places::by_place;
use crate::order::schedule::Schedule;
use crate::order::sort::sorted;
use crate::registry::Table;
use crate::registry::view::View;
use crate::report::MOST_EDGES;
use crate::text::table::{self, Align};
pub(crate) use around::Around;
use core::fmt;
use core::time::Duration;
pub use handler::PlannedHandler;
use worst_case::{FindLongest, Longest};

/// What would run if the process ended now, and in which order. Made by [`plan`](crate::plan());
/// its `Display` is a table.
///
/// # Serialisation
///
/// With the feature `serde` it implements `Serialize`, in the format of a
/// [`Report`](crate::Report#serialisation): fields named as the methods, times in seconds, edges
/// as pairs of places in `handlers`.
///
#[cfg_attr(feature = "serde", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "serde"), doc = "```ignore")]
/// let pool = exitmacro::Handler::new("close the pool").priority(5).register(|| ())?;
/// exitmacro::Handler::new("flush").after_id(pool).register(|| ())?;
/// let json = serde_json::to_value(exitmacro::plan())?;
/// assert_eq!(json["handlers"][0]["name"], "close the pool");
/// assert_eq!(json["handlers"][0]["source"], "registered");
/// assert_eq!(json["edges"], serde_json::json!([[0, 1]]));
/// assert_eq!(json["budget"], 25.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    handlers: Vec<PlannedHandler>,
    cycles: Vec<Cycle>,
    worst_case: Duration,
    stated_worst_case: Duration,
    budget: Duration,
    threads: usize,
    edges: Vec<(usize, usize)>,
    longest: Longest,
    around: Around,
    pub(crate) unplanned: Option<Unplanned>,
}

impl Plan {
    /// `waiting` are the ranks of the declared handlers that still wait.
    pub(crate) fn of(
        declared: &[Declared],
        waiting: &[Rank],
        table: &Table,
        bounds: Bounds,
        interrupt: &mut Interrupt,
    ) -> Self {
        Self::with_path(declared, waiting, table, bounds, interrupt, |_, _, _| Longest::default())
    }

    /// The same, for [`fits`](Self::fits).
    pub(crate) fn with_longest(
        declared: &[Declared],
        waiting: &[Rank],
        table: &Table,
        bounds: Bounds,
        interrupt: &mut Interrupt,
    ) -> Self {
        Self::with_path(declared, waiting, table, bounds, interrupt, Longest::of)
    }

    fn with_path(
        declared: &[Declared],
        waiting: &[Rank],
        table: &Table,
        bounds: Bounds,
        interrupt: &mut Interrupt,
        find: FindLongest,
    ) -> Self {
        let ranks = sorted(declared, waiting.iter().copied(), table).unwrap_or_default();
        let planned =
            |rank| Some(PlannedHandler::of(View::at(rank, declared, table)?, rank, bounds));
        match Schedule::of(declared, &ranks, table, interrupt) {
            Ok(schedule) => Self::scheduled(*schedule, declared, table, bounds, find),
            Err(unplanned) => {
                let handlers = ranks.into_iter().filter_map(planned).collect();
                Self { unplanned: Some(unplanned), ..Self::in_turn(handlers, Vec::new(), bounds) }
            }
        }
    }

    fn scheduled(
        mut schedule: Schedule,
        declared: &[Declared],
        table: &Table,
        bounds: Bounds,
        find: FindLongest,
    ) -> Self {
        let cycles = take_cycles(&mut schedule, declared, table);
        let side_by_side = schedule.has_concurrent().then(|| schedule.clone());
        let planned =
            |rank| Some(PlannedHandler::of(View::at(rank, declared, table)?, rank, bounds));
        let edges = schedule.edges(MOST_EDGES);
        let started: Vec<(u32, Rank)> = in_turn(&mut schedule).collect();
        let handlers = started.iter().filter_map(|&(_, rank)| planned(rank)).collect();
        let places = started.iter().zip(0..).map(|(&(number, _), place)| (number, place));
        let edges = by_place(&edges, places);
        let plan = Self { edges, ..Self::in_turn(handlers, cycles, bounds) };
        let Some(schedule) = side_by_side else { return plan };
        let of = |rank, timeout: fn(&PlannedHandler) -> Duration| {
            planned(rank).as_ref().map_or(Duration::ZERO, timeout)
        };
        let length = |schedule, timeout| {
            worst_case::length(schedule, bounds.threads, |rank| of(rank, timeout))
        };
        let stated_worst_case = if plan.stated_worst_case.is_zero() {
            Duration::ZERO
        } else {
            length(schedule.clone(), PlannedHandler::stated_timeout)
        };
        let longest = find(&schedule, bounds.threads, &|rank| of(rank, PlannedHandler::longest));
        let worst_case = length(schedule, PlannedHandler::timeout);
        Self { worst_case, stated_worst_case, longest, ..plan }
    }

    /// The plan of handlers that run one after the other.
    fn in_turn(handlers: Vec<PlannedHandler>, cycles: Vec<Cycle>, bounds: Bounds) -> Self {
        let sum = |timeout: fn(&PlannedHandler) -> Duration| {
            handlers.iter().map(timeout).fold(Duration::ZERO, Duration::saturating_add)
        };
        let (worst_case, stated_worst_case) =
            (sum(PlannedHandler::timeout), sum(PlannedHandler::stated_timeout));
        let longest = Longest::of_all(sum(PlannedHandler::longest));
        Self {
            handlers,
            cycles,
            worst_case,
            stated_worst_case,
            budget: bounds.budget,
            threads: bounds.threads,
            edges: Vec::new(),
            longest,
            around: Around::default(),
            unplanned: None,
        }
    }

    /// The same plan, with what comes before and after the run.
    pub(crate) fn with(self, around: Around) -> Self {
        Self { around, ..self }
    }

    /// The handlers in run order. For concurrent ones, the order in which they start.
    ///
    /// ```
    /// use exitmacro::Handler;
    ///
    /// Handler::new("close").register(|| ())?;
    /// Handler::new("drain").priority(1).register(|| ())?;
    /// let plan = exitmacro::plan();
    /// let place = |name| plan.handlers().iter().position(|handler| handler.name() == name);
    /// assert!(place("drain") < place("close"));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn handlers(&self) -> &[PlannedHandler] {
        &self.handlers
    }

    /// How long the run takes if every handler uses up its whole timeout, configured or default:
    /// the sum of the timeouts on the longest path through the order, or of all if none is
    /// concurrent.
    ///
    /// The run itself ends with the [budget](Self::budget). Three handlers with the default timeout
    /// of 10 seconds exceed the default budget of 25, which is no mistake of the program.
    /// [`stated_worst_case`](Self::stated_worst_case) counts only configured timeouts.
    ///
    /// ```
    /// let before = exitmacro::plan().worst_case();
    /// exitmacro::register(|| ())?;
    /// assert_eq!((exitmacro::plan().worst_case() - before).as_secs(), 10);
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn worst_case(&self) -> Duration {
        self.worst_case
    }

    /// The same, but handlers whose timeout [is not configured](PlannedHandler::is_timeout_stated)
    /// count as if they took no time. If it is longer than the [budget](Self::budget), the
    /// configuration of the program contradicts itself. [`assert_plan!`](crate::assert_plan)
    /// compares it with the budget less the [grace](macro@crate::main#grace). `EXITMACRO_LOG=info`
    /// compares it with the budget, or with what is left where more than a tenth of that has passed
    /// since the signal. Whether the shutdown ends before a service manager kills the process, is
    /// the question that [`fits`](Self::fits) answers.
    ///
    /// ```standalone_crate
    /// use core::time::Duration;
    /// use exitmacro::at_exit;
    ///
    /// #[at_exit(timeout = "5s")]
    /// fn close_db() {}
    ///
    /// #[at_exit]
    /// fn flush_log() {}
    ///
    /// let plan = exitmacro::plan();
    /// assert_eq!(plan.stated_worst_case(), Duration::from_secs(5));
    /// assert_eq!(plan.worst_case(), Duration::from_secs(15));
    /// ```
    #[must_use]
    pub fn stated_worst_case(&self) -> Duration {
        self.stated_worst_case
    }

    /// Whether priorities alone decide the order, in the plan and at exit. That is so if ordering
    /// by `after`, `before` and `concurrent` takes more than a tenth of the budget, or more memory
    /// than there is. The handlers then run one after the other, and the plan does not look for
    /// cycles.
    ///
    /// ```
    /// assert!(!exitmacro::plan().ignores_edges());
    /// ```
    #[must_use]
    pub fn ignores_edges(&self) -> bool {
        self.unplanned.is_some()
    }

    /// How long the run may take: 25 seconds unless the program or the environment sets another
    /// budget.
    ///
    /// ```
    /// assert_eq!(exitmacro::plan().budget().as_secs(), 25);
    /// ```
    #[must_use]
    pub fn budget(&self) -> Duration {
        self.budget
    }

    /// How many handlers may run at the same time, if they are concurrent; 32 by default.
    ///
    /// ```
    /// assert_eq!(exitmacro::plan().threads(), 32);
    /// ```
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Which handlers wait for which, because of `after` and `before`: pairs of places in
    /// [`handlers`](Self::handlers), the awaited handler first. At most 100,000; what closes a
    /// cycle is left out.
    ///
    /// ```standalone_crate
    /// use exitmacro::Handler;
    ///
    /// let pool = Handler::new("close the pool").register(|| ())?;
    /// Handler::new("flush the log").after_id(pool).register(|| ())?;
    /// let plan = exitmacro::plan();
    /// let names = |place: usize| plan.handlers()[place].name();
    /// let [(first, then)] = plan.edges() else { panic!("one waits for one") };
    /// assert_eq!([names(*first), names(*then)], ["close the pool", "flush the log"]);
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn edges(&self) -> &[(usize, usize)] {
        &self.edges
    }

    /// The ordering cycles that `after` and `before` form: for each edge that is not kept, the
    /// shortest cycle through it. Usually empty.
    ///
    /// ```
    /// assert!(exitmacro::plan().cycles().is_empty());
    /// ```
    #[must_use]
    pub fn cycles(&self) -> &[Cycle] {
        &self.cycles
    }
}

/// The order of handlers if they run one after the other.
fn in_turn(schedule: &mut Schedule) -> impl Iterator<Item = (u32, Rank)> + '_ {
    core::iter::from_fn(|| match schedule.start() {
        Next::Run(number) => {
            schedule.finish(number);
            Some((number, schedule.rank(number)))
        }
        Next::Wait | Next::Done => None,
    })
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.handlers.is_empty() {
            return f.write_str("no exit handlers");
        }
        let titles = [
            ("#", Align::Right),
            ("priority", Align::Right),
            ("handler", Align::Left),
            ("location", Align::Left),
            ("timeout", Align::Right),
            ("source", Align::Left),
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
                    format!("{:?}", handler.timeout),
                    handler.remarks(),
                ]
            })
            .collect();
        table::write(f, titles, &rows)?;
        self.cycles.iter().try_for_each(|cycle| {
            write!(f, "\nordering cycle: {}", table::cell(&cycle.to_string()))
        })?;
        self.unplanned.map_or(Ok(()), |unplanned| write!(f, "\n{unplanned}"))
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
pub(crate) mod tests;
