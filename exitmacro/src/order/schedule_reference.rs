//! A reference for the schedule: the rules word by word, with an edge for each pair of handlers,
//! slow and plain. Tests and fuzz targets compare the schedule with it.

use std::collections::BTreeSet;

/// How many types of values there are.
pub const TYPES: usize = 3;

/// A registered handler. It names earlier handlers by their place in the list, and types of values
/// by their number.
#[derive(Clone, Debug, Default)]
pub struct Registered {
    pub priority: i32,
    pub concurrent: bool,
    /// It closes a value of this type.
    pub value_type: Option<usize>,
    pub after: Vec<usize>,
    pub before: Vec<usize>,
    pub after_types: Vec<usize>,
    pub before_types: Vec<usize>,
}

/// Which handlers each handler waits for, by the rules.
#[derive(Debug)]
pub struct Reference<'a> {
    pub handlers: &'a [Registered],
    /// How many are registered.
    pub present: usize,
    pub waits_for: Vec<BTreeSet<usize>>,
    pub running: BTreeSet<usize>,
    pub finished: BTreeSet<usize>,
}

impl<'a> Reference<'a> {
    /// A reference in which none of the handlers is registered yet.
    pub fn new(handlers: &'a [Registered]) -> Self {
        let waits_for = vec![BTreeSet::new(); handlers.len()];
        let (running, finished) = (BTreeSet::new(), BTreeSet::new());
        Self { handlers, present: 0, waits_for, running, finished }
    }

    /// Whether the handler is running or has run.
    pub fn has_started(&self, handler: usize) -> bool {
        self.running.contains(&handler) || self.finished.contains(&handler)
    }

    fn wait(&mut self, first: usize, waiting: usize) {
        if !self.finished.contains(&first) && !self.has_started(waiting) {
            self.waits_for[waiting].insert(first);
        }
    }

    /// Registers the next handler.
    pub fn add(&mut self) {
        let (handler, handlers) = (self.present, self.handlers);
        self.present += 1;
        handlers[handler].after.iter().for_each(|&first| self.wait(first, handler));
        handlers[handler].before.iter().for_each(|&waiting| self.wait(handler, waiting));
        for other in 0..handler {
            for (asking, value) in [(handler, other), (other, handler)] {
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

    /// The greatest rank runs first: the highest priority, and the newest handler of a priority.
    fn rank(&self, handler: usize) -> (i32, usize) {
        (self.handlers[handler].priority, handler)
    }

    /// All that `start` waits for, directly or through others.
    fn reached(&self, start: usize) -> BTreeSet<usize> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(handler) = open.pop() {
            open.extend(
                self.waits_for[handler].iter().copied().filter(|&other| seen.insert(other)),
            );
        }
        seen
    }

    /// The number of handlers on the shortest cycle on which `handler` waits for `next`.
    fn shortest_cycle(&self, handler: usize, next: usize) -> usize {
        let mut reached = BTreeSet::from([next]);
        let mut length = 1;
        while !reached.contains(&handler) {
            let next = reached.iter().flat_map(|&other| self.waits_for[other].iter().copied());
            reached = next.collect();
            length += 1;
        }
        length
    }

    /// As long as there are cycles, the first of all handlers on one stops waiting for those that
    /// wait for it. Returns these handlers, with the length of the shortest cycle through each edge
    /// that they lose.
    pub fn break_cycles(&mut self) -> Vec<(usize, usize)> {
        let mut cycles = Vec::new();
        loop {
            let on_cycles =
                (0..self.present).filter(|&handler| self.reached(handler).contains(&handler));
            let Some(first) = on_cycles.max_by_key(|&handler| self.rank(handler)) else { break };
            let mut component = self.reached(first);
            component.retain(|&other| self.reached(other).contains(&first));
            let lost = component.iter().filter(|&other| self.waits_for[first].contains(other));
            cycles.extend(lost.map(|&next| (first, self.shortest_cycle(first, next))));
            self.waits_for[first].retain(|other| !component.contains(other));
        }
        cycles.sort_unstable();
        cycles
    }

    fn is_ready(&self, handler: usize) -> bool {
        !self.has_started(handler) && self.waits_for[handler].is_empty()
    }

    /// The handler that starts next, if one may start.
    pub fn start(&mut self) -> Option<usize> {
        let counts = |&handler: &usize| self.running.contains(&handler) || self.is_ready(handler);
        let level =
            (0..self.present).filter(counts).map(|handler| self.handlers[handler].priority).max();
        let is_concurrent = |handler: &usize| self.handlers[*handler].concurrent;
        let fits = |handler: &usize| {
            let is_alone = self.running.is_empty();
            let is_on_level = Some(self.handlers[*handler].priority) == level;
            is_on_level
                && (is_alone || (is_concurrent(handler) && self.running.iter().all(is_concurrent)))
        };
        let next = if level.is_some() {
            let ready = (0..self.present).filter(|&handler| self.is_ready(handler)).filter(fits);
            ready.max_by_key(|&handler| self.rank(handler))
        } else {
            // All that are left wait for each other, by edges of a latecomer.
            let left = (0..self.present).filter(|&handler| !self.has_started(handler));
            left.max_by_key(|&handler| self.rank(handler))
        };
        self.running.extend(next);
        next
    }

    /// Notes that a handler has run, or was unregistered before it could.
    pub fn finish(&mut self, handler: usize) {
        self.running.remove(&handler);
        self.finished.insert(handler);
        self.waits_for.iter_mut().for_each(|waits_for| _ = waits_for.remove(&handler));
    }
}
