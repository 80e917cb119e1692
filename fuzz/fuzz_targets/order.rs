//! The order of registered handlers that have edges, run concurrently, and are registered or
//! unregistered during the run, against a reference that has an edge for each pair of handlers.

#![no_main]

use exitmacro::fuzzing::{Order, Reference, Registered, TYPES};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

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
    /// The index of the handler in the list. It can name earlier ones only.
    fn at(&self, place: usize) -> Registered {
        let modulo = |numbers: &[u8], count: usize| {
            let numbers = numbers.iter().filter(|_| count > 0).take(4);
            numbers.map(|&number| usize::from(number) % count).collect()
        };
        Registered {
            // Few priorities, so that many handlers share one.
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

/// The event between two starts.
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
    /// The number of handlers that are registered before the run.
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
