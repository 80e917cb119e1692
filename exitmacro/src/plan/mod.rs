//! Sorts declared and registered handlers into one order. Pure: data in, data out.

pub(crate) mod check;
mod critical_path;
mod cycles;
mod interrupt;
mod links;
mod names;
mod radix;
pub(crate) mod schedule;
#[cfg(any(test, fuzzing))]
#[cfg_attr(fuzzing, allow(missing_docs))]
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "the fuzz targets reach it"))]
pub(crate) mod schedule_reference;
pub(crate) mod scheduling;
mod ties;
mod types;

use crate::columns::{self, Edge};
use crate::handler::declared::Declared;
use crate::handler::registered::{Entry, Table};
use crate::handler::{Location, Rank, Source, When};
use core::cmp::Ordering;
use core::fmt;
use core::time::Duration;
pub(crate) use interrupt::{Interrupt, Unplanned};
use radix::Workspace;
use schedule::{Schedule, Start};
use std::borrow::Cow;
use std::collections::TryReserveError;

/// Compares two handlers by run order.
fn run_order(declared: &[Declared], a: Rank, b: Rank) -> Ordering {
    (b.priority, b.sequence).cmp(&(a.priority, a.sequence)).then_with(|| {
        let element = |rank: Rank| &declared[rank.index as usize];
        let reading =
            if a.is_declared() { element(b).reading_position(element(a)) } else { Ordering::Equal };
        // Two of the same name at the very same place: any fixed order, so that both run.
        reading.then(a.index.cmp(&b.index))
    })
}

/// Sorts into run order. Fails when there is no memory for it; the ranks may be in no order then.
pub(crate) fn sort(declared: &[Declared], ranks: &mut Vec<Rank>) -> Result<(), TryReserveError> {
    if ranks.len() < 2 {
        return Ok(());
    }
    let mut workspace = Workspace::new();
    radix::sort_descending(ranks, &mut workspace)?;
    // What remains is the order of declared handlers that share a priority.
    let mut left = ranks.as_mut_slice();
    while let Some(&first) = left.first() {
        let is_tied = |rank: &&Rank| {
            first.is_declared() && rank.is_declared() && rank.priority == first.priority
        };
        let count = 1 + left[1..].iter().take_while(is_tied).count();
        let (equal, rest) = left.split_at_mut(count);
        if count > 1 {
            ties::sort_as_read(declared, equal, &mut workspace)?;
        }
        left = rest;
    }
    Ok(())
}

/// The ranks of these declared handlers and of all handlers in the table, in run order.
pub(crate) fn sorted(
    declared: &[Declared],
    waiting: impl Iterator<Item = Rank>,
    table: &Table,
) -> Result<Vec<Rank>, TryReserveError> {
    let mut ranks = Vec::new();
    ranks.try_reserve_exact(declared.len() + table.len())?;
    ranks.extend(table.ranks());
    ranks.extend(waiting);
    sort(declared, &mut ranks)?;
    Ok(ranks)
}

/// The ranks of declared handlers, the last one in the linker's order first: usually that is the
/// run order. If the process does not own them (`owned`), only those that forked children may run
/// as well.
pub(crate) fn declared_ranks(
    declared: &[Declared],
    owned: bool,
) -> impl Iterator<Item = Rank> + '_ {
    declared
        .iter()
        .enumerate()
        .rev()
        .filter(move |(_, handler)| handler.is_for(owned))
        .map(|(index, handler)| handler.rank(index as u32))
}

/// The greatest rank below `last`, found by a search of all: for a sort without memory.
pub(crate) fn next_after(
    declared: &[Declared],
    ranks: impl Iterator<Item = Rank>,
    last: Option<Rank>,
) -> Option<Rank> {
    ranks
        .filter(|&rank| last.is_none_or(|last| run_order(declared, last, rank).is_lt()))
        .min_by(|&a, &b| run_order(declared, a, b))
}

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
    fn declared(handler: &Declared, bounds: Bounds) -> Self {
        Self {
            name: Cow::Borrowed(handler.name()),
            location: handler.location(),
            priority: handler.own_priority(),
            timeout: handler.limit(bounds.timeout),
            is_timeout_stated: bounds.is_timeout_stated || handler.has_timeout(),
            source: Source::Declared,
            concurrent: handler.is_concurrent(),
            when: handler.ends(),
        }
    }

    fn registered(entry: &Entry, bounds: Bounds) -> Self {
        Self {
            name: entry.name(),
            location: entry.location(),
            priority: entry.priority(),
            timeout: entry.limit(bounds.timeout),
            is_timeout_stated: bounds.is_timeout_stated || entry.has_timeout(),
            source: entry.source(),
            concurrent: entry.is_concurrent(),
            when: entry.ends(),
        }
    }

    /// The name that reports use: the given name, or else the path of the function.
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

    /// Its timeout.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether the handler, its type or the program configures its timeout. Otherwise it is the
    /// default of 10 seconds.
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

    /// At which exits it runs. The plan lists it in any case.
    #[must_use]
    pub fn when(&self) -> When {
        self.when
    }
}

/// An ordering cycle: handlers that wait for each other, so that none of them could ever run. The
/// handler of highest priority runs first.
///
/// Its `Display` reads "`a` after `b` after `a`".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    names: Vec<Cow<'static, str>>,
}

impl Cycle {
    /// The names of the handlers, from the first to run. Each of them should wait
    /// for the next, and the last one for the first.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in self.names() {
            write!(f, "`{name}` after ")?;
        }
        write!(f, "`{}`", self.names().next().unwrap_or_default())
    }
}

/// The handlers that would run if the process ended now, in order. Returned by
/// [`plan`](crate::plan()); its `Display` is a table.
#[derive(Clone, Debug)]
pub struct Plan {
    handlers: Vec<PlannedHandler>,
    cycles: Vec<Cycle>,
    worst_case: Duration,
    stated_worst_case: Duration,
    budget: Duration,
    unplanned: Option<Unplanned>,
}

/// What a plan needs to know of the run besides the handlers.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) budget: Duration,
    /// The timeout of handlers that configure none.
    pub(crate) timeout: Duration,
    /// Whether the program configures that timeout.
    pub(crate) is_timeout_stated: bool,
    /// How many handlers may run at the same time.
    pub(crate) threads: usize,
}

impl Plan {
    /// `waiting` are the ranks of the declared handlers that still wait.
    pub(crate) fn of(
        declared: &[Declared],
        waiting: &[Rank],
        table: &Table,
        bounds: Bounds,
        interrupt: &mut Interrupt<'_>,
    ) -> Self {
        let ranks = sorted(declared, waiting.iter().copied(), table).unwrap_or_default();
        match Schedule::of(declared, &ranks, table, interrupt) {
            Ok(schedule) => Self::scheduled(*schedule, declared, table, bounds),
            Err(unplanned) => {
                let handlers =
                    ranks.into_iter().map(|rank| planned(declared, table, rank, bounds)).collect();
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
        let handlers =
            in_turn(&mut schedule).map(|rank| planned(declared, table, rank, bounds)).collect();
        let plan = Self::in_turn(handlers, cycles, bounds);
        let Some(schedule) = side_by_side else { return plan };
        let length = |schedule, timeout: fn(&PlannedHandler) -> Duration| {
            critical_path::length(schedule, bounds.threads, |rank| {
                timeout(&planned(declared, table, rank, bounds))
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

    /// The handlers in run order. For concurrent ones, the order in which they start.
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
    #[must_use]
    pub fn worst_case(&self) -> Duration {
        self.worst_case
    }

    /// The same, but handlers whose timeout [is not configured](PlannedHandler::is_timeout_stated)
    /// count as if they took no time. [`assert_plan!`](crate::assert_plan) and `EXITMACRO_LOG=info`
    /// compare it with the [budget](Self::budget): if it is longer, the program's configuration
    /// contradicts itself.
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
    #[must_use]
    pub fn budget(&self) -> Duration {
        self.budget
    }

    /// The ordering cycles that `after` and `before` form. Usually empty.
    ///
    /// ```
    /// assert!(exitmacro::plan().cycles().is_empty());
    /// ```
    #[must_use]
    pub fn cycles(&self) -> &[Cycle] {
        &self.cycles
    }
}

fn planned(declared: &[Declared], table: &Table, rank: Rank, bounds: Bounds) -> PlannedHandler {
    match table.entry(rank) {
        Some(entry) => PlannedHandler::registered(entry, bounds),
        None => PlannedHandler::declared(&declared[rank.index as usize], bounds),
    }
}

/// The order of handlers if they run one after the other.
fn in_turn(schedule: &mut Schedule) -> impl Iterator<Item = Rank> + '_ {
    core::iter::from_fn(|| match schedule.start() {
        Start::Handler(number) => {
            schedule.over(number);
            Some(schedule.rank(number))
        }
        Start::Later | Start::None => None,
    })
}

/// The cycles that were found since the last call, by the names of their handlers, which all still
/// exist.
pub(crate) fn take_cycles(
    schedule: &mut Schedule,
    declared: &[Declared],
    table: &Table,
) -> Vec<Cycle> {
    let name = |rank: Rank| match table.entry(rank) {
        Some(entry) => entry.name(),
        None => Cow::Borrowed(declared[rank.index as usize].name()),
    };
    let cycles = schedule.take_cycles().into_iter();
    cycles.map(|cycle| Cycle { names: cycle.into_iter().map(name).collect() }).collect()
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
                    handler.remarks(),
                ]
            })
            .collect();
        columns::write(f, titles, &rows)?;
        self.cycles.iter().try_for_each(|cycle| write!(f, "\nordering cycle: {cycle}"))?;
        self.unplanned.map_or(Ok(()), |unplanned| write!(f, "\n{unplanned}"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::handler::edge::Key;
    use proptest::prelude::*;

    const FILES: [&str; 3] = ["src/a.rs", "src/b.rs", "src/c.rs"];
    const MODULES: [&str; 4] = ["app", "app::inner", "dep", "dep::inner"];

    fn declared() -> impl Strategy<Value = Declared> {
        (0..FILES.len(), 0..MODULES.len(), 1..4_u32, -2..3_i32).prop_map(
            |(file, module, line, priority)| {
                Declared::new("f", MODULES[module], FILES[file], line, 1, |_| Ok(()))
                    .priority(priority)
            },
        )
    }

    /// One of few places, so that many differ in a part of their place alone, with texts that begin
    /// and end alike.
    fn of_few_places() -> impl Strategy<Value = Declared> {
        const FILES: [&str; 6] = [
            "",
            "src/a.rs",
            "src/a.rs2",
            "src/a_long_path/of_files/a.rs",
            "src/a_long_path/of_files/b.rs",
            "src/ä.rs",
        ];
        const MODULES: [&str; 10] = [
            "",
            "app",
            "app_a",
            "app_a::b",
            "app::d0::d1::d2",
            "app::d0::d1::d3",
            "app::d1::d1::d2",
            "app::a_long_module::of_many_bytes::a",
            "app::a_long_module::of_many_bytes::a::b::c::d::e::f",
            "app::a_long_module::of_many_bytes::b",
        ];
        const NAMES: [&str; 8] = [
            "",
            "a",
            "a\0",
            "a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0b",
            "ab",
            "a_long_name_1",
            "a_long_name_2",
            "\u{10ffff}",
        ];
        const LINES: [u32; 8] = [1, 2, 255, 256, 70_000, 1 << 21, (1 << 21) + 1, u32::MAX];
        const PRIORITIES: [i32; 4] = [0, 1, i32::MIN, i32::MAX];
        let place =
            (0..FILES.len(), 0..LINES.len(), prop_oneof![Just(1), 1..4_u32, Just(u32::MAX)]);
        (place, 0..MODULES.len(), 0..NAMES.len(), 0..PRIORITIES.len()).prop_map(
            |((file, line, column), module, name, priority)| {
                Declared::new(
                    NAMES[name],
                    MODULES[module],
                    FILES[file],
                    LINES[line],
                    column,
                    |_| Ok(()),
                )
                .priority(PRIORITIES[priority])
            },
        )
    }

    /// The same, of which some have a part of their place in common.
    fn many() -> impl Strategy<Value = Vec<Declared>> {
        let first = of_few_places();
        (first, prop::collection::vec((of_few_places(), 0..8_u8), 30..120)).prop_map(
            |(first, others)| {
                let alike = |(mut other, parts): (Declared, u8)| {
                    if parts > 1 {
                        other = other.priority(first.own_priority());
                    }
                    let place = first.location();
                    let moved = |line, column| {
                        let (name, module) = (other.name(), other.module());
                        Declared::new(name, module, place.file(), line, column, |_| Ok(()))
                            .priority(first.own_priority())
                    };
                    if parts > 4 {
                        other = moved(place.line(), first.column());
                    } else if parts > 2 {
                        other = moved(other.location().line(), other.column());
                    }
                    other
                };
                others.into_iter().map(alike).collect()
            },
        )
    }

    fn registered() -> impl Strategy<Value = Vec<Rank>> {
        prop::collection::vec(prop_oneof![-2..3_i32, any::<i32>()], 0..20).prop_map(|priorities| {
            priorities
                .into_iter()
                .zip(1..)
                .map(|(priority, sequence)| Rank { priority, sequence, index: sequence as u32 })
                .collect()
        })
    }

    /// The rules O1 and O2 as written: of all that is left, take the handler that comes before all
    /// others.
    fn reference(declared: &[Declared], mut ranks: Vec<Rank>) -> Vec<Rank> {
        let goes_before = |a: Rank, b: Rank| {
            if a.priority != b.priority {
                return a.priority > b.priority;
            }
            match (a.is_declared(), b.is_declared()) {
                (false, true) => true,
                (true, false) => false,
                (false, false) => a.sequence > b.sequence,
                (true, true) => {
                    declared[a.index as usize].reading_position(&declared[b.index as usize]).is_gt()
                }
            }
        };
        let mut order = Vec::new();
        while !ranks.is_empty() {
            let first = (0..ranks.len())
                .find(|&one| ranks.iter().all(|&other| !goes_before(other, ranks[one])))
                .expect("the order has no cycles");
            order.push(ranks.remove(first));
        }
        order
    }

    /// Priority, sequence, and the place of a declared handler: with its column, module and name.
    type Place = (i32, u64, Option<(Location, u32, &'static str, &'static str)>);

    /// What can be compared: the order of two handlers at the very same place is not fixed.
    fn places(declared: &[Declared], order: &[Rank]) -> Vec<Place> {
        order
            .iter()
            .map(|rank| {
                let place =
                    rank.is_declared().then(|| &declared[rank.index as usize]).map(|handler| {
                        (handler.location(), handler.column(), handler.module(), handler.name())
                    });
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
        fn the_order_of_many_is_that_of_the_rules(declared in many(), registered in registered()) {
            let mut ranks: Vec<Rank> = registered.into_iter().rev().chain(declared_ranks(&declared, true)).collect();
            let expected = reference(&declared, ranks.clone());
            sort(&declared, &mut ranks).expect("there is memory");
            prop_assert_eq!(places(&declared, &ranks), places(&declared, &expected));
            let sorted = ranks.clone();
            sort(&declared, &mut ranks).expect("there is memory");
            prop_assert_eq!(ranks, sorted, "what is in order stays");
        }

        #[test]
        fn the_order_of_many_without_memory_is_the_same(declared in many()) {
            let mut sorted: Vec<Rank> = declared_ranks(&declared, true).collect();
            sort(&declared, &mut sorted).expect("there is memory");
            let mut found = Vec::new();
            while let Some(rank) = next_after(&declared, declared_ranks(&declared, true), found.last().copied()) {
                found.push(rank);
            }
            prop_assert_eq!(found, sorted);
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

    /// Few bytes, so that texts agree far, and a zero often stands where another text ends.
    fn text() -> impl Strategy<Value = &'static str> {
        prop_oneof![
            prop::collection::vec(
                prop_oneof![8 => Just('a'), 1 => Just('b'), 2 => Just('\0')],
                0..40
            ),
            prop::collection::vec(Just('\0'), 0..40)
        ]
        .prop_map(|text| &*text.into_iter().collect::<String>().leak())
    }

    proptest! {
        #[test]
        fn names_are_put_in_order_to_their_last_byte(names in prop::collection::vec(text(), 0..80)) {
            let declared: Vec<Declared> = names.iter().map(|name| Declared::new(name, "app", "src/a.rs", 1, 1, |_| Ok(()))).collect();
            let mut ranks: Vec<Rank> = declared_ranks(&declared, true).collect();
            let mut expected = ranks.clone();
            expected.sort_by(|&a, &b| run_order(&declared, a, b));
            sort(&declared, &mut ranks).expect("there is memory");
            prop_assert_eq!(ranks, expected);
        }
    }

    /// In the order of the names, the last one first.
    fn assert_put_in_order(names: Vec<String>) {
        let declared: Vec<Declared> = names
            .into_iter()
            .map(|name| Declared::new(name.leak(), "app", "src/a.rs", 1, 1, |_| Ok(())))
            .collect();
        let mut ranks: Vec<Rank> = declared_ranks(&declared, true).collect();
        sort(&declared, &mut ranks).expect("there is memory");
        assert!(
            ranks
                .iter()
                .map(|rank| declared[rank.index as usize].name())
                .is_sorted_by(|a, b| a >= b)
        );
    }

    #[test]
    fn texts_that_differ_far_apart_are_put_in_order() {
        let [zeros, more] = [15, 30].map(|count| "\0".repeat(count));
        assert_put_in_order(vec![format!("a{zeros}\0b"), format!("a{more}"), "a".to_owned()]);
        // In the first byte, and in the two after the first eight.
        let number = |n: usize| format!("{}-------{}{}", n / 25, n / 5 % 5, n % 5);
        assert_put_in_order((0..125).map(|n| number(n * 7 % 125)).collect());
    }

    #[test]
    fn texts_that_differ_byte_by_byte_are_put_in_order_on_a_small_stack() {
        const COUNT: usize = 2_000;
        let sorts = || {
            // Each is the beginning of the next one: as many parts as there are handlers.
            let text: &'static str = "a".repeat(COUNT).leak();
            let declared: Vec<Declared> = (0..COUNT)
                .map(|length| {
                    Declared::new("f", "app", &text[..length * 7 % COUNT], 1, 1, |_| Ok(()))
                })
                .collect();
            let mut ranks: Vec<Rank> = declared_ranks(&declared, true).collect();
            sort(&declared, &mut ranks).expect("there is memory");
            assert!(
                ranks
                    .iter()
                    .map(|rank| declared[rank.index as usize].location().file().len())
                    .eq((0..COUNT).rev())
            );
        };
        std::thread::Builder::new()
            .stack_size(64 << 10)
            .spawn(sorts)
            .expect("a thread starts")
            .join()
            .expect("it does not panic");
    }

    pub(super) fn planned(name: &'static str) -> PlannedHandler {
        let (name, location) = (Cow::Borrowed(name), Location::new("src/main.rs", 7));
        PlannedHandler {
            name,
            location,
            priority: 0,
            timeout: Duration::ZERO,
            is_timeout_stated: true,
            source: Source::Declared,
            concurrent: false,
            when: When::Always,
        }
    }

    pub(super) fn plan_of(handlers: Vec<PlannedHandler>) -> Plan {
        Plan {
            handlers,
            cycles: Vec::new(),
            worst_case: Duration::ZERO,
            stated_worst_case: Duration::ZERO,
            budget: Duration::ZERO,
            unplanned: None,
        }
    }

    #[test]
    fn display_is_an_aligned_table() {
        let high = PlannedHandler {
            priority: 200,
            timeout: Duration::from_secs(10),
            ..planned("app::close")
        };
        let low = PlannedHandler {
            priority: -5,
            timeout: Duration::from_millis(250),
            source: Source::Registered,
            ..planned("app::close")
        };
        let handlers = vec![high, low];
        let expected = "\
#  priority  handler     location       timeout  source
1       200  app::close  src/main.rs:7      10s  declared
2        -5  app::close  src/main.rs:7    250ms  registered";
        assert_eq!(plan_of(handlers).to_string(), expected);
    }

    #[test]
    fn the_table_says_what_is_special_about_a_handler() {
        let handlers =
            vec![PlannedHandler { concurrent: true, when: When::Failure, ..planned("a") }];
        let cycles = vec![Cycle { names: vec![Cow::Borrowed("a")] }];
        let expected = "\
#  priority  handler  location       timeout  source
1         0  a        src/main.rs:7      0ns  declared, concurrent, at failure
ordering cycle: `a` after `a`";
        assert_eq!(Plan { cycles, ..plan_of(handlers) }.to_string(), expected);
    }

    #[test]
    fn an_empty_plan_says_so() {
        assert_eq!(plan_of(Vec::new()).to_string(), "no exit handlers");
    }

    #[test]
    fn a_cycle_reads_as_a_sentence() {
        let cycle = Cycle { names: ["a", "b"].map(Cow::Borrowed).to_vec() };
        assert_eq!(cycle.to_string(), "`a` after `b` after `a`");
    }

    static SECONDS: [Declared; 4] = [
        Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(()))
            .timeout(Duration::from_secs(1))
            .concurrent(),
        Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(()))
            .timeout(Duration::from_secs(4))
            .concurrent(),
        Declared::new("c", "app", "a.rs", 3, 1, |_| Ok(()))
            .timeout(Duration::from_secs(2))
            .after(&[Key::Declared(|| &SECONDS[0])]),
        Declared::new("d", "app", "a.rs", 4, 1, |_| Ok(())).timeout(Duration::from_secs(3)),
    ];

    fn plan(declared: &[Declared], threads: usize) -> Plan {
        let waiting: Vec<Rank> = declared_ranks(declared, true).collect();
        let bounds = Bounds {
            budget: Duration::ZERO,
            timeout: Duration::MAX,
            is_timeout_stated: false,
            threads,
        };
        Plan::of(declared, &waiting, &Table::new(), bounds, &mut Interrupt::new(&mut || true))
    }

    fn worst_case(declared: &[Declared], threads: usize) -> Duration {
        plan(declared, threads).worst_case()
    }

    #[test]
    fn the_worst_case_is_the_longest_way_through_the_order() {
        // `d` alone: 3. Then `c` has to wait for `a`, which runs beside `b`: 4. Then `c`: 2.
        assert_eq!(worst_case(&SECONDS, 32), Duration::from_secs(9));
        assert_eq!(worst_case(&SECONDS, 1), Duration::from_secs(10));
    }

    #[test]
    fn each_handler_of_a_plan_says_how_it_is_declared() {
        static HANDLERS: [Declared; 2] = [
            Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(())).concurrent(),
            Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(())).when(When::Failure),
        ];
        let said: Vec<_> = plan(&HANDLERS, 32)
            .handlers()
            .iter()
            .map(|handler| (handler.name().to_owned(), handler.is_concurrent(), handler.when()))
            .collect();
        assert_eq!(
            said,
            [("b".to_owned(), false, When::Failure), ("a".to_owned(), true, When::Always)]
        );
    }

    #[test]
    fn the_stated_worst_case_leaves_defaults_out_of_account() {
        static MIXED: [Declared; 4] = [
            Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(()))
                .timeout(Duration::from_secs(1))
                .concurrent(),
            Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(())).concurrent(),
            Declared::new("c", "app", "a.rs", 3, 1, |_| Ok(()))
                .timeout(Duration::from_secs(2))
                .after(&[Key::Declared(|| &MIXED[0])]),
            Declared::new("d", "app", "a.rs", 4, 1, |_| Ok(())),
        ];
        let plan_with = |timeout: u64, is_timeout_stated: bool, declared: &[Declared]| {
            let waiting: Vec<Rank> = declared_ranks(declared, true).collect();
            let bounds = Bounds {
                budget: Duration::ZERO,
                timeout: Duration::from_secs(timeout),
                is_timeout_stated,
                threads: 32,
            };
            let plan = Plan::of(
                declared,
                &waiting,
                &Table::new(),
                bounds,
                &mut Interrupt::new(&mut || true),
            );
            (plan.worst_case().as_secs(), plan.stated_worst_case().as_secs())
        };
        assert_eq!(
            plan_with(10, false, &MIXED),
            (22, 3),
            "with defaults: `d`, then `b` beside `a`, then `c`"
        );
        assert_eq!(plan_with(10, true, &MIXED), (22, 22));
        assert_eq!(plan_with(10, false, &MIXED[3..]), (10, 0));
        assert_eq!(plan_with(10, true, &MIXED[3..]), (10, 10));
    }

    #[test]
    fn a_plan_without_time_is_that_of_the_priorities() {
        let declared: Vec<Declared> = (0..3_000)
            .map(|line| Declared::new("f", "app", "a.rs", line, 1, |_| Ok(())).concurrent())
            .collect();
        let waiting: Vec<Rank> = declared_ranks(&declared, true).collect();
        let bounds = Bounds {
            budget: Duration::ZERO,
            timeout: Duration::from_secs(1),
            is_timeout_stated: true,
            threads: 32,
        };
        let plan = Plan::of(
            &declared,
            &waiting,
            &Table::new(),
            bounds,
            &mut Interrupt::new(&mut || false),
        );
        assert!(
            plan.ignores_edges()
                && plan
                    .handlers()
                    .iter()
                    .map(|handler| handler.location().line())
                    .eq((0..3_000).rev())
        );
        assert_eq!(plan.worst_case(), Duration::from_secs(3_000), "one after the other");
    }

    #[test]
    fn the_worst_case_never_overflows() {
        static FOR_EVER: [Declared; 2] = [
            Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(())),
            Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(())).timeout(Duration::from_secs(1)),
        ];
        assert_eq!(worst_case(&FOR_EVER, 32), Duration::MAX);
    }
}
