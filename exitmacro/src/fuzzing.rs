//! Internals of the crate for the fuzz targets in `fuzz/`, with plain data as arguments and
//! results.

use crate::handler::context::ExitContext;
use crate::handler::declared::Declared;
use crate::handler::edge::{Edges, Key};
use crate::handler::id::HandlerId;
use crate::handler::options::Options;
use crate::handler::raw::Action;
use crate::handler::{Callback, Rank, Returned};
use crate::order::interrupt::Interrupt;
use crate::order::next::Next;
use crate::order::schedule::Schedule;
pub use crate::order::schedule_reference::Reference;
pub use crate::order::schedule_reference::Registered;
pub use crate::order::schedule_reference::TYPES;
use crate::plan::scheduling::ORDERED;
use crate::register::{insert_action, unregister};
use crate::registry::{self, Detail};
use core::any::TypeId;
use core::panic::Location;
use core::time::Duration;
use std::borrow::Cow;

/// The order of registered handlers, by their place in the list. They are unregistered when it is
/// dropped.
pub struct Order {
    schedule: Box<Schedule>,
    ids: Vec<HandlerId>,
    /// The number in the schedule of each handler that has started.
    numbers: Vec<Option<u32>>,
}

impl Order {
    /// Registers the handlers and puts them in order.
    pub fn new(handlers: &[Registered]) -> Self {
        let mut ids = Vec::new();
        for handler in handlers {
            ids.push(register(handler, &ids));
        }
        let table = registry::table();
        let ranks =
            crate::order::sort::sorted(&[], core::iter::empty(), &table).expect("there is memory");
        let schedule = Schedule::of(&[], &ranks, &table, &mut Interrupt::never());
        let schedule = schedule.unwrap_or_else(|unplanned| panic!("{unplanned}"));
        Self { schedule, numbers: vec![None; ids.len()], ids }
    }

    /// The handler that starts next, if one may start now.
    pub fn start(&mut self) -> Option<usize> {
        let Next::Run(number) = self.schedule.start() else { return None };
        let place = self.place(self.schedule.rank(number));
        self.numbers[place] = Some(number);
        Some(place)
    }

    /// Notes that a handler that has started has finished.
    pub fn finish(&mut self, place: usize) {
        self.schedule.finish(self.numbers[place].expect("it has started"));
    }

    /// Registers one more handler while others run.
    pub fn add(&mut self, handler: &Registered) {
        let id = register(handler, &self.ids);
        self.ids.push(id);
        self.numbers.push(None);
        let table = registry::table();
        let rank = table.ranks().find(|rank| rank.sequence == id.sequence()).expect("it waits");
        self.schedule.admit(rank, &[], &table).expect("there is memory");
    }

    /// Unregisters a handler that has not started.
    pub fn remove(&mut self, place: usize) {
        _ = unregister(self.ids[place]);
        self.schedule.note_gone(self.ids[place]);
    }

    /// The cycles that were found since the last call. In each one, every handler waits for the
    /// next.
    pub fn cycles(&mut self) -> Vec<Vec<usize>> {
        let cycles = self.schedule.take_cycles().into_iter();
        let places = |handlers: Vec<Rank>| handlers.into_iter().map(|rank| self.place(rank));
        cycles.map(|cycle| places(cycle.handlers).collect()).collect()
    }

    fn place(&self, rank: Rank) -> usize {
        let place = self.ids.iter().position(|id| id.sequence() == rank.sequence);
        place.expect("each handler of the order was registered by it")
    }
}

impl Drop for Order {
    fn drop(&mut self) {
        for &id in &self.ids {
            _ = unregister(id);
        }
    }
}

fn register(handler: &Registered, earlier: &[HandlerId]) -> HandlerId {
    const OF_TYPES: [fn() -> TypeId; TYPES] =
        [TypeId::of::<Value<0>>, TypeId::of::<Value<1>>, TypeId::of::<Value<2>>];
    let actions: [fn() -> Action; TYPES] =
        [|| Action::new(Value::<0>), || Action::new(Value::<1>), || Action::new(Value::<2>)];
    let keys = |handlers: &[usize], types: &[usize]| {
        let ids = handlers.iter().map(|&place| Key::Id(earlier[place]));
        ids.chain(types.iter().map(|&ty| Key::Type(OF_TYPES[ty]))).collect::<Vec<Key>>()
    };
    let after = keys(&handler.after, &handler.after_types);
    let before = keys(&handler.before, &handler.before_types);
    let needs_schedule = handler.concurrent || !after.is_empty() || !before.is_empty();
    let detail = Detail {
        options: Options {
            concurrent: handler.concurrent,
            ordered_by: if needs_schedule { ORDERED } else { None },
            ..Options::NONE
        },
        edges: Edges { after: Cow::Owned(after), before: Cow::Owned(before) },
        ..Detail::default()
    };
    let action = handler.value_type.map_or_else(|| Action::new(NoValue), |ty| actions[ty]());
    let id = insert_action(
        &mut Some(action),
        handler.priority,
        Some(Box::new(detail)),
        false,
        Location::caller(),
    );
    id.unwrap_or_else(|error| panic!("{error}"))
}

/// A value of one of the types.
struct Value<const TYPE: usize>;

impl<const TYPE: usize> Callback for Value<TYPE> {
    fn call(self, _exit: &ExitContext) -> Returned {
        Ok(())
    }

    fn type_name() -> &'static str {
        "value"
    }

    fn value_type() -> Option<TypeId> {
        Some(TypeId::of::<Self>())
    }
}

/// A handler that closes no value.
struct NoValue;

impl Callback for NoValue {
    fn call(self, _exit: &ExitContext) -> Returned {
        Ok(())
    }

    fn type_name() -> &'static str {
        "handler"
    }
}

/// The place of a declared handler in the source, and its priority.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub priority: i32,
    pub module: &'static str,
    pub file: &'static str,
    pub line: u32,
    pub column: u32,
    pub name: &'static str,
}

/// The order of declared handlers without edges, by their index.
pub fn declared_order(places: &[Place]) -> Vec<usize> {
    let declared = declared(places);
    let waiting = crate::order::sort::declared_ranks(&declared, true);
    let ranks = crate::order::sort::sorted(&declared, waiting, &crate::registry::Table::new())
        .expect("there is memory");
    ranks.into_iter().map(|rank| rank.index as usize).collect()
}

/// The same, as the run finds it without memory.
pub fn declared_order_without_memory(places: &[Place]) -> Vec<usize> {
    let declared = declared(places);
    let next = |last: &Option<Rank>| {
        crate::order::sort::next_after(
            &declared,
            crate::order::sort::declared_ranks(&declared, true),
            *last,
        )
    };
    let ranks = core::iter::successors(next(&None), |&last| next(&Some(last)));
    ranks.map(|rank| rank.index as usize).collect()
}

fn declared(places: &[Place]) -> Vec<Declared> {
    let places = places.iter();
    let declared = places.map(|&Place { priority, module, file, line, column, name }| {
        Declared::new(name, module, file, line, column, |_| Ok(())).priority(priority)
    });
    declared.collect()
}

/// The value of `EXITMACRO_BUDGET`, or `None` if it is ignored.
pub fn duration(text: &str) -> Option<Duration> {
    crate::config::env::budget(text)
}

/// Whether `EXITMACRO_SKIP=patterns` skips the handler `name`.
pub fn is_skipped(patterns: &str, name: &str) -> bool {
    crate::run::matches_any(patterns, name)
}

/// The patterns of `EXITMACRO_SKIP=patterns` that match none of the names.
pub fn unmatched(patterns: &'static str, names: &[&str]) -> Vec<&'static str> {
    let mut left = Some(patterns);
    core::iter::from_fn(|| crate::run::next_unmatched(&mut left, || names.iter().copied()))
        .collect()
}
