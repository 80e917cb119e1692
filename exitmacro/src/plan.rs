//! Declared and registered handlers, brought into one order. Pure: data in, data out.

use crate::columns::{self, Edge};
use crate::handler::declared::Declared;
use crate::handler::registered::Table;
use crate::handler::{Location, Rank, Source};
use crate::radix;
use core::cmp::Ordering;
use core::fmt;
use core::time::Duration;
use std::borrow::Cow;
use std::collections::TryReserveError;

/// Compares two handlers by who runs first.
fn run_order(declared: &[Declared], a: Rank, b: Rank) -> Ordering {
    (b.priority, b.sequence).cmp(&(a.priority, a.sequence)).then_with(|| {
        let element = |rank: Rank| &declared[rank.index as usize];
        let reading = if a.is_declared() { element(b).reading_position(element(a)) } else { Ordering::Equal };
        // Two at the very same place, of the same name: whichever, but never neither.
        reading.then(a.index.cmp(&b.index))
    })
}

/// Sorts into run order: what comes first runs first. Fails, having changed nothing, when there is no memory for it.
pub(crate) fn sort(declared: &[Declared], ranks: &mut Vec<Rank>) -> Result<(), TryReserveError> {
    radix::sort_descending(ranks)?;
    // What is still open is the order of declared handlers that share a priority.
    for equal in ranks.chunk_by_mut(|a, b| a.is_declared() && b.is_declared() && a.priority == b.priority) {
        if equal.len() > 1 {
            sort_as_read(declared, equal);
        }
    }
    Ok(())
}

/// A heap sort: small, in place, and never slow.
fn sort_as_read(declared: &[Declared], ranks: &mut [Rank]) {
    for root in (0..ranks.len() / 2).rev() {
        sift_down(declared, ranks, root);
    }
    for end in (1..ranks.len()).rev() {
        ranks.swap(0, end);
        sift_down(declared, &mut ranks[..end], 0);
    }
}

/// Lets the rank at `root` sink until no child of it runs later.
fn sift_down(declared: &[Declared], heap: &mut [Rank], mut root: usize) {
    let runs_later = |heap: &[Rank], a: usize, b: usize| run_order(declared, heap[a], heap[b]).is_gt();
    loop {
        let mut last = root;
        for child in [2 * root + 1, 2 * root + 2] {
            if child < heap.len() && runs_later(heap, child, last) {
                last = child;
            }
        }
        if last == root {
            return;
        }
        heap.swap(root, last);
        root = last;
    }
}

/// The ranks of declared handlers, in the linker's order. When `owned` says that they are another process's, only of those that forked children may run as well.
pub(crate) fn declared_ranks(declared: &[Declared], owned: bool) -> impl Iterator<Item = Rank> + '_ {
    declared.iter().zip(0..).filter(move |(handler, _)| handler.is_for(owned)).map(|(handler, index)| handler.rank(index))
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
    /// `waiting` are the ranks of those declared handlers that still wait, `timeout` is that of handlers that say nothing about it.
    pub(crate) fn of(declared: &[Declared], waiting: impl Iterator<Item = Rank>, table: &Table, timeout: Duration) -> Self {
        let mut handlers: Vec<(Rank, PlannedHandler)> = table
            .entries()
            .map(|(index, entry)| {
                (
                    entry.rank(index),
                    PlannedHandler {
                        name: entry.name(),
                        location: entry.location(),
                        priority: entry.priority(),
                        timeout: entry.limit(timeout),
                        source: entry.source(),
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
                    timeout: handler.limit(timeout),
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
                    columns::cell(&handler.name),
                    handler.location.to_string(),
                    format!("{:?}", handler.timeout),
                    handler.source.to_string(),
                ]
            })
            .collect();
        columns::write(f, titles, &rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILES: [&str; 3] = ["src/a.rs", "src/b.rs", "src/c.rs"];
    const MODULES: [&str; 4] = ["app", "app::inner", "dep", "dep::inner"];

    fn declared() -> impl Strategy<Value = Declared> {
        (0..FILES.len(), 0..MODULES.len(), 1..4_u32, -2..3_i32)
            .prop_map(|(file, module, line, priority)| Declared::new("f", MODULES[module], FILES[file], line, 1, |_| Ok(())).priority(priority))
    }

    fn registered() -> impl Strategy<Value = Vec<Rank>> {
        prop::collection::vec(prop_oneof![-2..3_i32, any::<i32>()], 0..20)
            .prop_map(|priorities| priorities.into_iter().zip(1..).map(|(priority, sequence)| Rank { priority, sequence, index: sequence as u32 }).collect())
    }

    /// The rules O1 and O2 in the plainest words: of all that is left, take the one that no other one goes before.
    fn reference(declared: &[Declared], mut ranks: Vec<Rank>) -> Vec<Rank> {
        let goes_before = |a: Rank, b: Rank| {
            if a.priority != b.priority {
                return a.priority > b.priority;
            }
            match (a.is_declared(), b.is_declared()) {
                (false, true) => true,
                (true, false) => false,
                (false, false) => a.sequence > b.sequence,
                (true, true) => declared[a.index as usize].reading_position(&declared[b.index as usize]).is_gt(),
            }
        };
        let mut order = Vec::new();
        while !ranks.is_empty() {
            let first = (0..ranks.len()).find(|&one| ranks.iter().all(|&other| !goes_before(other, ranks[one]))).expect("the order has no cycles");
            order.push(ranks.remove(first));
        }
        order
    }

    /// Priority, sequence, and where a declared one stands.
    type Place = (i32, u64, Option<(Location, &'static str)>);

    /// What may be compared: which of two handlers at the very same place goes first is open.
    fn places(declared: &[Declared], order: &[Rank]) -> Vec<Place> {
        order
            .iter()
            .map(|rank| {
                let place = rank.is_declared().then(|| &declared[rank.index as usize]).map(|handler| (handler.location(), handler.name()));
                (rank.priority, rank.sequence, place)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_rules(declared in prop::collection::vec(declared(), 0..20), registered in registered()) {
            let mut ranks: Vec<Rank> = declared_ranks(&declared, true).chain(registered).collect();
            let expected = reference(&declared, ranks.clone());
            sort(&declared, &mut ranks).expect("there is memory");
            prop_assert_eq!(places(&declared, &ranks), places(&declared, &expected));
        }

        #[test]
        fn the_order_without_memory_is_the_same(declared in prop::collection::vec(declared(), 0..20), registered in registered()) {
            let mut sorted: Vec<Rank> = declared_ranks(&declared, true).chain(registered.iter().copied()).collect();
            sort(&declared, &mut sorted).expect("there is memory");
            let mut found = Vec::new();
            while let Some(rank) = next_after(&declared, declared_ranks(&declared, true).chain(registered.iter().copied()), found.last().copied()) {
                found.push(rank);
            }
            prop_assert_eq!(found, sorted);
        }
    }

    fn planned(priority: i32, timeout: Duration, source: Source) -> PlannedHandler {
        PlannedHandler { name: Cow::Borrowed("app::close"), location: Location::new("src/main.rs", 7), priority, timeout, source }
    }

    #[test]
    fn display_is_an_aligned_table() {
        let handlers = vec![planned(200, Duration::from_secs(10), Source::Declared), planned(-5, Duration::from_millis(250), Source::Registered)];
        let expected = "\
#  priority  handler     location       timeout  source
1       200  app::close  src/main.rs:7      10s  declared
2        -5  app::close  src/main.rs:7    250ms  registered";
        assert_eq!(Plan { handlers }.to_string(), expected);
    }

    #[test]
    fn an_empty_plan_says_so() {
        assert_eq!(Plan { handlers: Vec::new() }.to_string(), "no exit handlers");
    }

    #[test]
    fn the_worst_case_is_the_sum_and_never_overflows() {
        let second = planned(0, Duration::from_secs(1), Source::Declared);
        let for_ever = planned(0, Duration::MAX, Source::Declared);
        assert_eq!(Plan { handlers: vec![second.clone(), second.clone()] }.worst_case(), Duration::from_secs(2));
        assert_eq!(Plan { handlers: vec![second, for_ever] }.worst_case(), Duration::MAX);
    }
}
