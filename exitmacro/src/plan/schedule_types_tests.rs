//! Edges to types against a reference that has an edge for each pair of handlers: the same order,
//! the same cycles, step by step, also with handlers that come and go during the run.

use super::*;
use crate::handler::registered::tests::value_in;
use crate::plan::sorted;
use proptest::prelude::*;
use std::collections::BTreeSet;

const TYPES: usize = 3;

/// A registered handler of a test. Edges lead to earlier ones by their place in the list, and to
/// types.
#[derive(Clone, Debug)]
struct Sketch {
    priority: i32,
    concurrent: bool,
    ty: Option<usize>,
    after: Vec<usize>,
    before: Vec<usize>,
    after_types: Vec<usize>,
    before_types: Vec<usize>,
}

fn sketches(handlers: usize) -> impl Strategy<Value = Vec<Sketch>> {
    let ids = || prop::collection::vec(any::<prop::sample::Index>(), 0..2);
    let types = || prop_oneof![3 => Just(Vec::new()), 2 => prop::collection::vec(0..TYPES, 1..3)];
    let handler = (
        -1..2_i32,
        any::<bool>(),
        prop::option::weighted(0.7, 0..TYPES),
        ids(),
        ids(),
        types(),
        types(),
    );
    prop::collection::vec(handler, 1..handlers).prop_map(|handlers| {
        let earlier = |place: usize, list: Vec<prop::sample::Index>| {
            list.into_iter().filter(|_| place > 0).map(|index| index.index(place)).collect()
        };
        let sketch =
            |(place, (priority, concurrent, ty, after, before, after_types, before_types))| {
                Sketch {
                    priority,
                    concurrent,
                    ty,
                    after: earlier(place, after),
                    before: earlier(place, before),
                    after_types,
                    before_types,
                }
            };
        handlers.into_iter().enumerate().map(sketch).collect()
    })
}

fn keys(ids: &[HandlerId], handlers: &[usize], types: &[usize]) -> Vec<Key> {
    handlers
        .iter()
        .map(|&other| Key::Id(ids[other]))
        .chain(types.iter().map(|&ty| value_in::key(ty)))
        .collect()
}

fn register(table: &mut Table, ids: &mut Vec<HandlerId>, sketch: &Sketch) {
    let (after, before) = (
        keys(ids, &sketch.after, &sketch.after_types),
        keys(ids, &sketch.before, &sketch.before_types),
    );
    ids.push(value_in::register(
        table,
        sketch.priority,
        sketch.concurrent,
        sketch.ty,
        after,
        before,
    ));
}

fn schedule(table: &Table, has_time: &mut dyn FnMut() -> bool) -> Result<Schedule, Unplanned> {
    let ranks = sorted(&[], core::iter::empty(), table).expect("there is memory");
    Schedule::of(&[], &ranks, table, &mut Interrupt::new(has_time)).map(|schedule| *schedule)
}

/// Which handlers each one waits for, by the words of the rules.
struct Reference<'a> {
    sketches: &'a [Sketch],
    present: usize,
    waits_for: Vec<BTreeSet<usize>>,
    running: BTreeSet<usize>,
    over: BTreeSet<usize>,
}

impl<'a> Reference<'a> {
    fn new(sketches: &'a [Sketch]) -> Self {
        let waits_for = vec![BTreeSet::new(); sketches.len()];
        Self { sketches, present: 0, waits_for, running: BTreeSet::new(), over: BTreeSet::new() }
    }

    fn has_started(&self, one: usize) -> bool {
        self.running.contains(&one) || self.over.contains(&one)
    }

    fn wait(&mut self, first: usize, waits: usize) {
        if !self.over.contains(&first) && !self.has_started(waits) {
            self.waits_for[waits].insert(first);
        }
    }

    /// One more handler is there.
    fn admit(&mut self) {
        let one = self.present;
        let sketches = self.sketches;
        self.present += 1;
        sketches[one].after.iter().for_each(|&first| self.wait(first, one));
        sketches[one].before.iter().for_each(|&waits| self.wait(one, waits));
        for other in 0..one {
            for (asking, value) in [(one, other), (other, one)] {
                let names =
                    |types: &[usize]| sketches[value].ty.is_some_and(|ty| types.contains(&ty));
                if names(&sketches[asking].after_types) {
                    self.wait(value, asking);
                }
                if names(&sketches[asking].before_types) {
                    self.wait(asking, value);
                }
            }
        }
    }

    fn rank(&self, one: usize) -> (i32, usize) {
        (self.sketches[one].priority, one)
    }

    /// All that `start` waits for, directly or not.
    fn reached(&self, start: usize) -> BTreeSet<usize> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(one) = open.pop() {
            open.extend(self.waits_for[one].iter().copied().filter(|&other| seen.insert(other)));
        }
        seen
    }

    /// The number of handlers on the shortest way from `one` back to itself.
    fn shortest_cycle(&self, one: usize) -> usize {
        let mut reached = self.waits_for[one].clone();
        let mut length = 1;
        while !reached.contains(&one) {
            reached =
                reached.iter().flat_map(|&other| self.waits_for[other].iter().copied()).collect();
            length += 1;
        }
        length
    }

    /// As long as there are cycles: the first handler of one waits for no other of those that wait
    /// for each other. The first ones, and how long the shortest cycles were.
    fn break_all(&mut self) -> Vec<(usize, usize)> {
        let mut cycles = Vec::new();
        while let Some(first) = (0..self.present)
            .filter(|&one| self.reached(one).contains(&one))
            .max_by_key(|&one| self.rank(one))
        {
            let knot: Vec<usize> = self
                .reached(first)
                .into_iter()
                .filter(|&other| self.reached(other).contains(&first))
                .collect();
            cycles.push((first, self.shortest_cycle(first)));
            for other in knot {
                self.waits_for[first].remove(&other);
            }
        }
        cycles.sort_unstable();
        cycles
    }

    fn is_ready(&self, one: usize) -> bool {
        !self.has_started(one) && self.waits_for[one].is_empty()
    }

    /// The handler that starts next.
    fn start(&mut self) -> Option<usize> {
        let all = || (0..self.present).rev();
        let level = all()
            .filter(|&one| self.running.contains(&one) || self.is_ready(one))
            .map(|one| self.sketches[one].priority)
            .max();
        let runs_alone = self.running.iter().any(|&one| !self.sketches[one].concurrent);
        let fits = |one: usize| {
            Some(self.sketches[one].priority) == level
                && (self.running.is_empty() || (self.sketches[one].concurrent && !runs_alone))
        };
        let mut next =
            all().filter(|&one| self.is_ready(one) && fits(one)).max_by_key(|&one| self.rank(one));
        if self.running.is_empty() && level.is_none() {
            next = all().filter(|&one| !self.has_started(one)).max_by_key(|&one| self.rank(one));
        }
        self.running.extend(next);
        next
    }

    fn end(&mut self, one: usize) {
        self.running.remove(&one);
        self.over.insert(one);
        self.waits_for.iter_mut().for_each(|waits_for| _ = waits_for.remove(&one));
    }
}

/// What happens between two starts.
#[derive(Clone, Debug)]
enum Event {
    /// One of those that run ends.
    End(usize),
    Admit,
    Unregister(prop::sample::Index),
    Start,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => any::<usize>().prop_map(Event::End),
        2 => Just(Event::Admit),
        1 => any::<prop::sample::Index>().prop_map(Event::Unregister),
        4 => Just(Event::Start),
    ];
    prop::collection::vec(event, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn joins_are_what_an_edge_for_each_pair_is(sketches in sketches(14), early in any::<prop::sample::Index>(), events in events()) {
        let (mut table, mut ids, mut reference) = (Table::new(), Vec::new(), Reference::new(&sketches));
        for sketch in &sketches[..=early.index(sketches.len())] {
            register(&mut table, &mut ids, sketch);
            reference.admit();
        }
        let mut schedule = schedule(&table, &mut || true).expect("there is memory and time");
        let place = |rank: Rank| rank.sequence as usize - 1;
        let cycles = schedule.take_cycles();
        for cycle in &cycles {
            let next = cycle.iter().cycle().skip(1);
            prop_assert!(cycle.iter().zip(next).all(|(&one, &other)| reference.waits_for[place(one)].contains(&place(other))), "not a cycle: {cycle:?}");
        }
        let mut found: Vec<(usize, usize)> = cycles.iter().map(|cycle| (place(cycle[0]), cycle.len())).collect();
        found.sort_unstable();
        prop_assert_eq!(found, reference.break_all());

        let mut numbers = vec![0; sketches.len()];
        let rest = core::iter::repeat_n([Event::Start, Event::End(0)], 3 * sketches.len()).flatten();
        let admits = core::iter::repeat_n(Event::Admit, sketches.len());
        for event in events.into_iter().chain(admits).chain(rest) {
            match event {
                Event::Start => {
                    let expected = reference.start();
                    let started = match schedule.start() {
                        Start::Handler(number) => {
                            numbers[place(schedule.rank(number))] = number;
                            Some(place(schedule.rank(number)))
                        }
                        Start::Later | Start::None => None,
                    };
                    prop_assert_eq!(started, expected, "running: {:?}, over: {:?}", reference.running, reference.over);
                }
                Event::End(index) if !reference.running.is_empty() => {
                    let running: Vec<usize> = reference.running.iter().copied().collect();
                    let one = running[index % running.len()];
                    reference.end(one);
                    schedule.over(numbers[one]);
                }
                Event::Admit if reference.present < sketches.len() => {
                    register(&mut table, &mut ids, &sketches[reference.present]);
                    let id = ids[reference.present];
                    reference.admit();
                    let rank = table.ranks().find(|rank| rank.sequence == id.sequence()).expect("it waits");
                    schedule.admit(rank, &[], &table).expect("there is memory");
                }
                Event::Unregister(index) => {
                    let one = index.index(reference.present);
                    if !reference.has_started(one) {
                        reference.end(one);
                        drop(table.remove(ids[one]));
                        schedule.is_gone(ids[one]);
                    }
                }
                Event::End(_) | Event::Admit => {}
            }
        }
        prop_assert_eq!(reference.over.len(), sketches.len());
        prop_assert_eq!(schedule.start(), Start::None);
    }
}

fn values(table: &mut Table, count: usize, ty: usize, after: Option<usize>) {
    for _ in 0..count {
        value_in::register(
            table,
            0,
            false,
            Some(ty),
            after.map(value_in::key).into_iter().collect(),
            Vec::new(),
        );
    }
}

#[test]
fn many_values_that_wait_for_many_take_few_edges() {
    const COUNT: usize = 20_000;
    let mut table = Table::new();
    values(&mut table, COUNT, 0, None);
    values(&mut table, COUNT, 1, Some(0));
    let mut schedule = schedule(&table, &mut || true).expect("there is memory and time");
    let mut sequences = Vec::new();
    while let Start::Handler(number) = schedule.start() {
        sequences.push(schedule.rank(number).sequence as usize);
        schedule.over(number);
    }
    let expected: Vec<usize> = (1..=COUNT).rev().chain((COUNT + 1..=2 * COUNT).rev()).collect();
    assert!(
        sequences == expected,
        "the values of the one type, the newest first, then those of the other"
    );
}

#[test]
fn a_plan_that_takes_too_long_is_given_up() {
    let mut table = Table::new();
    values(&mut table, 3_000, 0, Some(1));
    values(&mut table, 3_000, 1, Some(0));
    let mut looks = 0;
    let mut has_time = || {
        looks += 1;
        looks < 10
    };
    assert_eq!(schedule(&table, &mut has_time).err(), Some(Unplanned::OutOfTime));
    assert_eq!(looks, 10, "the clock is looked at no more");
}

#[test]
fn the_only_value_of_a_type_does_not_wait_for_itself() {
    let mut table = Table::new();
    value_in::register(
        &mut table,
        0,
        false,
        Some(0),
        vec![value_in::key(0)],
        vec![value_in::key(0)],
    );
    let mut schedule = schedule(&table, &mut || true).expect("there is time");
    assert!(matches!(schedule.start(), Start::Handler(_)) && schedule.take_cycles().is_empty());
}
