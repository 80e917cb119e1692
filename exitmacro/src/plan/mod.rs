//! The plan: what would run, in which order, and for how long, for people to read.

pub(crate) mod assert;
pub(crate) mod scheduling;
mod worst_case;

use crate::config::Bounds;
use crate::handler::declared::Declared;
use crate::handler::{Location, Rank, Source, When};
use crate::order::cycle::{Cycle, take_cycles};
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::order::next::Next;
use crate::order::schedule::Schedule;
use crate::order::sort::sorted;
use crate::registry::Table;
use crate::registry::view::View;
use crate::text::table::{self, Edge};
use core::fmt;
use core::time::Duration;
use std::borrow::Cow;

/// One handler of a [`Plan`].
#[derive(Clone, Debug)]
pub struct PlannedHandler {
    name: Cow<'static, str>,
    location: Location,
    priority: i32,
    timeout: Duration,
    is_timeout_stated: bool,
    source: Source,
    concurrent: bool,
    when: When,
}

impl PlannedHandler {
    fn of(handler: View<'_>, bounds: Bounds) -> Self {
        let options = handler.options();
        Self {
            name: handler.kept_name(),
            location: handler.location(),
            priority: handler.priority(),
            timeout: options.limit(bounds.timeout),
            is_timeout_stated: bounds.is_timeout_stated || options.timeout.is_some(),
            source: handler.source(),
            concurrent: options.concurrent,
            when: options.when,
        }
    }

    /// The name that reports use: what the handler was called, or else the path of its function.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it was declared or registered.
    #[must_use]
    pub fn location(&self) -> Location {
        self.location
    }

    /// Its priority; higher runs first.
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// How long it may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether the handler, its type or the program states its timeout. Otherwise it is the default
    /// of 10 seconds.
    #[must_use]
    pub fn is_timeout_stated(&self) -> bool {
        self.is_timeout_stated
    }

    fn stated_timeout(&self) -> Duration {
        if self.is_timeout_stated { self.timeout } else { Duration::ZERO }
    }

    /// Whether it was declared or registered.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// Whether it may run at the same time as other concurrent handlers of its priority. Otherwise
    /// it runs alone.
    #[must_use]
    pub fn is_concurrent(&self) -> bool {
        self.concurrent
    }

    /// The last column of the table.
    fn remarks(&self) -> String {
        let concurrent = if self.concurrent { ", concurrent" } else { "" };
        let when = match self.when {
            When::Always => "",
            When::Success => ", at success",
            When::Failure => ", at failure",
            When::Signal => ", at a signal",
        };
        format!("{}{concurrent}{when}", self.source)
    }

    /// The ends of the process that it is for. It is listed whatever they are.
    #[must_use]
    pub fn when(&self) -> When {
        self.when
    }
}

/// What would run if the process ended now, and in which order. Made by [`plan`](crate::plan());
/// its `Display` is a table.
#[derive(Clone, Debug)]
pub struct Plan {
    handlers: Vec<PlannedHandler>,
    cycles: Vec<Cycle>,
    worst_case: Duration,
    stated_worst_case: Duration,
    budget: Duration,
    unplanned: Option<Unplanned>,
}

impl Plan {
    /// `waiting` are the ranks of those declared handlers that still wait.
    pub(crate) fn of(
        declared: &[Declared],
        waiting: &[Rank],
        table: &Table,
        bounds: Bounds,
        interrupt: &mut Interrupt<'_>,
    ) -> Self {
        let ranks = sorted(declared, waiting.iter().copied(), table).unwrap_or_default();
        let planned = |rank| Some(PlannedHandler::of(View::at(rank, declared, table)?, bounds));
        match Schedule::of(declared, &ranks, table, interrupt) {
            Ok(schedule) => Self::scheduled(*schedule, declared, table, bounds),
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
    ) -> Self {
        let cycles = take_cycles(&mut schedule, declared, table);
        let side_by_side = schedule.has_concurrent().then(|| schedule.clone());
        let planned = |rank| Some(PlannedHandler::of(View::at(rank, declared, table)?, bounds));
        let handlers = in_turn(&mut schedule).filter_map(planned).collect();
        let plan = Self::in_turn(handlers, cycles, bounds);
        let Some(schedule) = side_by_side else { return plan };
        let length = |schedule, timeout: fn(&PlannedHandler) -> Duration| {
            worst_case::length(schedule, bounds.threads, |rank| {
                planned(rank).as_ref().map_or(Duration::ZERO, timeout)
            })
        };
        let stated_worst_case = if plan.stated_worst_case.is_zero() {
            Duration::ZERO
        } else {
            length(schedule.clone(), PlannedHandler::stated_timeout)
        };
        Self { worst_case: length(schedule, PlannedHandler::timeout), stated_worst_case, ..plan }
    }

    /// The plan of handlers that run one after the other.
    fn in_turn(handlers: Vec<PlannedHandler>, cycles: Vec<Cycle>, bounds: Bounds) -> Self {
        let sum = |timeout: fn(&PlannedHandler) -> Duration| {
            handlers.iter().map(timeout).fold(Duration::ZERO, Duration::saturating_add)
        };
        let (worst_case, stated_worst_case) =
            (sum(PlannedHandler::timeout), sum(PlannedHandler::stated_timeout));
        Self {
            handlers,
            cycles,
            worst_case,
            stated_worst_case,
            budget: bounds.budget,
            unplanned: None,
        }
    }

    /// The handlers in run order. Of concurrent ones, the order in which they start.
    #[must_use]
    pub fn handlers(&self) -> &[PlannedHandler] {
        &self.handlers
    }

    /// How long the run takes if every handler uses up its whole timeout, stated or default: the
    /// sum of the timeouts on the longest way through the order, or of all where none is
    /// concurrent. The run itself ends with the [budget](Self::budget), and three handlers with the
    /// default timeout of 10 seconds exceed the default budget of 25: that is no mistake of the
    /// program. What the program has stated is in [`stated_worst_case`](Self::stated_worst_case).
    #[must_use]
    pub fn worst_case(&self) -> Duration {
        self.worst_case
    }

    /// The same, with all handlers whose timeout [is not stated](PlannedHandler::is_timeout_stated)
    /// counted as if they took no time. [`assert_plan!`](crate::assert_plan) and
    /// `EXITMACRO_LOG=info` compare it with the [budget](Self::budget): when it is longer, what the
    /// program states contradicts itself.
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

    /// Whether priorities alone settle the order, in the plan and at exit: the order that `after`,
    /// `before` and `concurrent` ask for takes more than a tenth of the budget to find, or more
    /// memory than there is. The handlers then run one after the other, and cycles are not looked
    /// for.
    ///
    /// ```
    /// assert!(!exitmacro::plan().ignores_edges());
    /// ```
    #[must_use]
    pub fn ignores_edges(&self) -> bool {
        self.unplanned.is_some()
    }

    /// How long the run may take, 25 seconds unless the program or the environment says otherwise.
    #[must_use]
    pub fn budget(&self) -> Duration {
        self.budget
    }

    /// Handlers that wait for each other by `after` and `before`. Empty when all is well.
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
fn in_turn(schedule: &mut Schedule) -> impl Iterator<Item = Rank> + '_ {
    core::iter::from_fn(|| match schedule.start() {
        Next::Run(number) => {
            schedule.over(number);
            Some(schedule.rank(number))
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
            ("#", Edge::Right),
            ("priority", Edge::Right),
            ("handler", Edge::Left),
            ("location", Edge::Left),
            ("timeout", Edge::Right),
            ("source", Edge::Left),
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
        self.cycles.iter().try_for_each(|cycle| write!(f, "\nwait for each other: {cycle}"))?;
        self.unplanned.map_or(Ok(()), |unplanned| write!(f, "\n{unplanned}"))
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
pub(crate) mod tests;
