//! The order of registered handlers as the rules say, with an edge for each pair of them: slow and
//! plain. Tests and fuzz targets compare the schedule with it.

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

/// Which handlers each handler waits for, as the rules say.
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
    /// None of them is registered yet.
    pub fn new(handlers: &'a [Registered]) -> Self {
        let waits_for = vec![BTreeSet::new(); handlers.len()];
        let (running, finished) = (BTreeSet::new(), BTreeSet::new());
        Self { handlers, present: 0, waits_for, running, finished }
    }

    /// Whether the handler is running, or was.
    pub fn has_started(&self, one: usize) -> bool {
        self.running.contains(&one) || self.finished.contains(&one)
    }

    fn wait(&mut self, first: usize, waiting: usize) {
        if !self.finished.contains(&first) && !self.has_started(waiting) {
            self.waits_for[waiting].insert(first);
        }
    }

    /// One more handler is registered.
    pub fn add(&mut self) {
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

    /// All that `start` waits for, directly or indirectly.
    fn reached(&self, start: usize) -> BTreeSet<usize> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(one) = open.pop() {
            open.extend(self.waits_for[one].iter().copied().filter(|&other| seen.insert(other)));
        }
        seen
    }

    /// The number of handlers on the shortest path from `one` back to itself.
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
    pub fn break_cycles(&mut self) -> Vec<(usize, usize)> {
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

    /// The handler that starts next, if one can.
    pub fn start(&mut self) -> Option<usize> {
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
            // All that are left wait for each other, by edges of a handler that was registered
            // late.
            let left = (0..self.present).filter(|&one| !self.has_started(one));
            left.max_by_key(|&one| self.rank(one))
        };
        self.running.extend(next);
        next
    }

    /// A handler has run, or was unregistered before it could.
    pub fn finish(&mut self, one: usize) {
        self.running.remove(&one);
        self.finished.insert(one);
        self.waits_for.iter_mut().for_each(|waits_for| _ = waits_for.remove(&one));
    }
}
