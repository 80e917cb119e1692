//! Declared and registered handlers, brought into one order. Pure: data in, data out.

use crate::columns::{self, Edge};
use crate::handler::declared::Declared;
use crate::handler::registered::Table;
use crate::handler::{Location, Rank, Source};
use core::cmp::Ordering;
use core::fmt;
use core::time::Duration;
use std::borrow::Cow;

/// Compares two handlers by who runs first.
fn run_order(declared: &[Declared], a: Rank, b: Rank) -> Ordering {
    (b.priority, b.sequence).cmp(&(a.priority, a.sequence)).then_with(|| {
        let element = |rank: Rank| &declared[rank.index as usize];
        if a.is_declared() { element(b).reading_position(element(a)) } else { Ordering::Equal }
    })
}

/// Sorts into run order: what comes first runs first.
pub(crate) fn sort(declared: &[Declared], ranks: &mut [Rank]) {
    ranks.sort_unstable_by(|&a, &b| run_order(declared, a, b));
}

/// The ranks of declared handlers, in the linker's order.
pub(crate) fn declared_ranks(declared: &[Declared]) -> impl Iterator<Item = Rank> + '_ {
    declared.iter().zip(0..).map(|(handler, index)| handler.rank(index))
}

/// The greatest rank below `last`, found by looking at all of them: for the case that there is no memory to sort in.
pub(crate) fn next_after(declared: &[Declared], ranks: impl Iterator<Item = Rank>, last: Option<Rank>) -> Option<Rank> {
    ranks.filter(|&rank| last.is_none_or(|last| run_order(declared, last, rank).is_lt())).min_by(|&a, &b| run_order(declared, a, b))
}

/// One handler of a [`Plan`].
#[derive(Clone, Debug)]
pub struct PlannedHandler {
    name: Cow<'static, str>,
    location: Location,
    priority: i32,
    timeout: Duration,
    source: Source,
}

impl PlannedHandler {
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

    /// Whether it was declared or registered.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }
}

/// What would run if the process ended now, and in which order. Made by [`plan`](crate::plan()); its `Display` is a table.
#[derive(Clone, Debug)]
pub struct Plan {
    handlers: Vec<PlannedHandler>,
}

impl Plan {
    /// `waiting` are the ranks of those declared handlers that still wait.
    pub(crate) fn of(declared: &[Declared], waiting: impl Iterator<Item = Rank>, table: &Table) -> Self {
        let mut handlers: Vec<(Rank, PlannedHandler)> = table
            .entries()
            .map(|(index, entry)| {
                (
                    entry.rank(index),
                    PlannedHandler {
                        name: entry.name(),
                        location: entry.location(),
                        priority: entry.priority(),
                        timeout: entry.limit(),
                        source: Source::Registered,
                    },
                )
            })
            .collect();
        handlers.extend(waiting.map(|rank| {
            let handler = &declared[rank.index as usize];
            (
                rank,
                PlannedHandler {
                    name: Cow::Borrowed(handler.name()),
                    location: handler.location(),
                    priority: rank.priority,
                    timeout: handler.limit(),
                    source: Source::Declared,
                },
            )
        }));
        handlers.sort_by(|(a, _), (b, _)| run_order(declared, *a, *b));
        Self { handlers: handlers.into_iter().map(|(_, handler)| handler).collect() }
    }

    /// The handlers in run order.
    #[must_use]
    pub fn handlers(&self) -> &[PlannedHandler] {
        &self.handlers
    }

    /// How long the run takes if every handler uses up its whole timeout: their sum. The run itself ends with the budget, 25 seconds by default.
    #[must_use]
    pub fn worst_case(&self) -> Duration {
        self.handlers.iter().fold(Duration::ZERO, |sum, handler| sum.saturating_add(handler.timeout))
    }
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
                    handler.name.to_string(),
                    handler.location.to_string(),
                    format!("{:?}", handler.timeout),
                    handler.source.to_string(),
                ]
            })
            .collect();
        columns::write(f, titles, &rows)
    }
}
