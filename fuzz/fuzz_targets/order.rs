//! The order of registered handlers that have edges, run concurrently, and come and go during the
//! run, against a reference that has an edge for each pair of handlers.

#![no_main]

use exitmacro::fuzzing::{Order, Registered, TYPES};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;

#[derive(Arbitrary, Debug)]
struct Handler {
    priority: i8,
    concurrent: bool,
    value_type: Option<u8>,
    after: Vec<u8>,
    before: Vec<u8>,
    after_types: Vec<u8>,
    before_types: Vec<u8>,
}

impl Handler {
    /// As the handler at this place of the list, which can name earlier ones only.
    fn at(&self, place: usize) -> Registered {
        let modulo = |numbers: &[u8], count: usize| {
            let numbers = numbers.iter().filter(|_| count > 0).take(4);
            numbers.map(|&number| usize::from(number) % count).collect()
        };
        Registered {
            // Few, so that many handlers share one.
            priority: i32::from(self.priority) % 3,
            concurrent: self.concurrent,
            value_type: self.value_type.map(|ty| usize::from(ty) % TYPES),
            after: modulo(&self.after, place),
            before: modulo(&self.before, place),
            after_types: modulo(&self.after_types, TYPES),
            before_types: modulo(&self.before_types, TYPES),
        }
    }
}

/// What happens between two starts.
#[derive(Arbitrary, Debug)]
enum Event {
    Start,
    Finish(u8),
    Add,
    Remove(u8),
}

#[derive(Arbitrary, Debug)]
struct Input {
    handlers: Vec<Handler>,
    /// How many of them are registered before the run.
    early: u8,
    events: Vec<Event>,
}

fuzz_target!(|input: Input| {
    let handlers = input.handlers.iter().take(24).enumerate();
    let handlers: Vec<Registered> = handlers.map(|(place, handler)| handler.at(place)).collect();
    let early = usize::from(input.early) % (handlers.len() + 1);
    let mut order = Order::new(&handlers[..early]);
    let mut reference = Reference::new(&handlers);
    (0..early).for_each(|_| reference.add());
    compare_cycles(&order.cycles(), &mut reference);
    for event in &input.events {
        step(event, &mut order, &mut reference);
    }
    while reference.present < handlers.len() {
        step(&Event::Add, &mut order, &mut reference);
    }
    for _ in 0..3 * handlers.len() {
        step(&Event::Start, &mut order, &mut reference);
        step(&Event::Finish(0), &mut order, &mut reference);
    }
    assert_eq!(reference.finished.len(), handlers.len(), "no handler is lost");
    assert_eq!(order.start(), None, "no handler starts twice");
});

fn compare_cycles(cycles: &[Vec<usize>], reference: &mut Reference<'_>) {
    for cycle in cycles {
        for (one, next) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
            assert!(reference.waits_for[*one].contains(next), "not a cycle: {cycle:?}");
        }
    }
    let mut found: Vec<(usize, usize)> =
        cycles.iter().map(|cycle| (cycle[0], cycle.len())).collect();
    found.sort_unstable();
    assert_eq!(found, reference.break_cycles());
}

fn step(event: &Event, order: &mut Order, reference: &mut Reference<'_>) {
    match *event {
        Event::Start => assert_eq!(order.start(), reference.start(), "{reference:?}"),
        Event::Finish(number) if !reference.running.is_empty() => {
            let place = usize::from(number) % reference.running.len();
            let one = *reference.running.iter().nth(place).expect("there are more");
            reference.finish(one);
            order.finish(one);
        }
        Event::Add if reference.present < reference.handlers.len() => {
            order.add(&reference.handlers[reference.present]);
            reference.add();
        }
        Event::Remove(number) if reference.present > 0 => {
            let one = usize::from(number) % reference.present;
            if !reference.has_started(one) {
                reference.finish(one);
                order.remove(one);
            }
        }
        Event::Finish(_) | Event::Add | Event::Remove(_) => {}
    }
}

/// Which handlers each handler waits for, by the words of the rules.
#[derive(Debug)]
struct Reference<'a> {
    handlers: &'a [Registered],
    /// How many are registered.
    present: usize,
    waits_for: Vec<BTreeSet<usize>>,
    running: BTreeSet<usize>,
    finished: BTreeSet<usize>,
}

impl<'a> Reference<'a> {
    fn new(handlers: &'a [Registered]) -> Self {
        let waits_for = vec![BTreeSet::new(); handlers.len()];
        let (running, finished) = (BTreeSet::new(), BTreeSet::new());
        Self { handlers, present: 0, waits_for, running, finished }
    }

    fn has_started(&self, one: usize) -> bool {
        self.running.contains(&one) || self.finished.contains(&one)
    }

    fn wait(&mut self, first: usize, waiting: usize) {
        if !self.finished.contains(&first) && !self.has_started(waiting) {
            self.waits_for[waiting].insert(first);
        }
    }

    fn add(&mut self) {
        let (one, handlers) = (self.present, self.handlers);
        self.present += 1;
        handlers[one].after.iter().for_each(|&first| self.wait(first, one));
        handlers[one].before.iter().for_each(|&waiting| self.wait(one, waiting));
        for other in 0..one {
            for (asking, value) in [(one, other), (other, one)] {
                let names = |types: &[usize]| {
                    handlers[value].value_type.is_some_and(|ty| types.contains(&ty))
                };
                if names(&handlers[asking].after_types) {
                    self.wait(value, asking);
                }
                if names(&handlers[asking].before_types) {
                    self.wait(asking, value);
                }
            }
        }
    }

    /// The greatest runs first: by priority, and the newest of one priority.
    fn rank(&self, one: usize) -> (i32, usize) {
        (self.handlers[one].priority, one)
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
            let next = reached.iter().flat_map(|&other| self.waits_for[other].iter().copied());
            reached = next.collect();
            length += 1;
        }
        length
    }

    /// As long as there are cycles: the first handler of all that are on one no longer waits for
    /// those that wait for it. Returns these handlers, with the lengths of their shortest cycles.
    fn break_cycles(&mut self) -> Vec<(usize, usize)> {
        let mut cycles = Vec::new();
        loop {
            let on_cycles = (0..self.present).filter(|&one| self.reached(one).contains(&one));
            let Some(first) = on_cycles.max_by_key(|&one| self.rank(one)) else { break };
            let mut component = self.reached(first);
            component.retain(|&other| self.reached(other).contains(&first));
            cycles.push((first, self.shortest_cycle(first)));
            self.waits_for[first].retain(|other| !component.contains(other));
        }
        cycles.sort_unstable();
        cycles
    }

    fn is_ready(&self, one: usize) -> bool {
        !self.has_started(one) && self.waits_for[one].is_empty()
    }

    fn start(&mut self) -> Option<usize> {
        let counts = |&one: &usize| self.running.contains(&one) || self.is_ready(one);
        let level = (0..self.present).filter(counts).map(|one| self.handlers[one].priority).max();
        let is_concurrent = |one: &usize| self.handlers[*one].concurrent;
        let fits = |one: &usize| {
            let is_alone = self.running.is_empty();
            let is_on_level = Some(self.handlers[*one].priority) == level;
            is_on_level
                && (is_alone || (is_concurrent(one) && self.running.iter().all(is_concurrent)))
        };
        let next = if level.is_some() {
            let ready = (0..self.present).filter(|&one| self.is_ready(one)).filter(fits);
            ready.max_by_key(|&one| self.rank(one))
        } else {
            // All that are left wait for each other, by edges of a handler that came late.
            let left = (0..self.present).filter(|&one| !self.has_started(one));
            left.max_by_key(|&one| self.rank(one))
        };
        self.running.extend(next);
        next
    }

    fn finish(&mut self, one: usize) {
        self.running.remove(&one);
        self.finished.insert(one);
        self.waits_for.iter_mut().for_each(|waits_for| _ = waits_for.remove(&one));
    }
}
