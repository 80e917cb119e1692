//! Handlers for the tests of this room and of others.

use crate::error::RegisterError;
use crate::handler::context::ExitContext;
use crate::handler::edge::{Edges, Key};
use crate::handler::id::HandlerId;
use crate::handler::options::Options;
use crate::handler::raw::Action;
use crate::handler::{Callback, Erased, HandlerResult, Rank, Returned};
use crate::plan::scheduling::ORDERED;
use crate::registry::entry::{Detail, Entry, Metadata};
use crate::registry::table::Table;
use core::any::TypeId;
use core::panic;
use std::borrow::Cow;

#[track_caller]
pub(in crate::registry) fn entry(priority: i32) -> Entry {
    entry_that(|| (), priority)
}

#[track_caller]
pub(in crate::registry) fn entry_that<R: HandlerResult + 'static>(
    function: impl FnOnce() -> R + Send + 'static,
    priority: i32,
) -> Entry {
    entry_of(Action::new(Erased::<_, fn() -> R>::new(function)), priority)
}

#[track_caller]
fn entry_of(action: Action, priority: i32) -> Entry {
    Entry::new(action, Metadata::new(priority, None, false, panic::Location::caller()), 0)
}

#[track_caller]
pub(in crate::registry) fn with_detail(entry: Entry, detail: Detail) -> Entry {
    let (priority, location) = (entry.metadata.priority(), panic::Location::caller());
    Entry { metadata: Metadata::new(priority, Some(Box::new(detail)), false, location), ..entry }
}

pub(in crate::registry) fn insert(
    table: &mut Table,
    Entry { kept, metadata }: Entry,
) -> Result<HandlerId, RegisterError> {
    let action = kept.into_action().expect("it is not lent");
    table.make_room().map(|()| table.insert(action, metadata))
}

/// For the tests of the run, whose tables are their own.
pub(crate) fn register_in<R: HandlerResult + 'static>(
    table: &mut Table,
    function: impl FnOnce() -> R + Send + 'static,
    priority: i32,
) -> Result<HandlerId, RegisterError> {
    insert(table, entry_that(function, priority))
}

/// The same, of a handler that may run in a lane.
pub(crate) fn register_bare_in(
    table: &mut Table,
    function: impl FnOnce() + Send + 'static,
    priority: i32,
    detail: Option<Detail>,
) -> Result<HandlerId, RegisterError> {
    let Entry { kept, .. } = entry_that(function, priority);
    let location = panic::Location::caller();
    let metadata = Metadata::new(priority, detail.map(Box::new), true, location);
    insert(table, Entry { kept, metadata })
}

/// The same, with what else a handler may ask for.
pub(crate) fn register_with<R: HandlerResult + 'static>(
    table: &mut Table,
    function: impl FnOnce() -> R + Send + 'static,
    priority: i32,
    detail: Detail,
) -> Result<HandlerId, RegisterError> {
    insert(table, with_detail(entry_that(function, priority), detail))
}

/// What such a handler asks for, and what puts it in order.
fn detail(concurrent: bool, after: Vec<Key>, before: Vec<Key>) -> Detail {
    let needs_schedule = concurrent || !after.is_empty() || !before.is_empty();
    Detail {
        options: Options {
            concurrent,
            ordered_by: if needs_schedule { ORDERED } else { None },
            ..Options::NONE
        },
        edges: Edges { after: Cow::Owned(after), before: Cow::Owned(before) },
        ..Detail::default()
    }
}

/// Puts a handler with edges in.
pub(crate) fn place_in(
    table: &mut Table,
    priority: i32,
    concurrent: bool,
    after: Vec<Key>,
    before: Vec<Key>,
) -> HandlerId {
    let detail = detail(concurrent, after, before);
    insert(table, with_detail(entry(priority), detail)).expect("the table is open")
}

/// Tracked values of several types, and other handlers, with edges.
pub(crate) mod value_in {
    use super::*;

    struct Value<const TYPE: usize>;

    impl<const TYPE: usize> Callback for Value<TYPE> {
        fn call(self, _exit: &ExitContext) -> Returned {
            Ok(())
        }

        fn type_name() -> &'static str {
            core::any::type_name::<Self>()
        }

        fn value_type() -> Option<TypeId> {
            Some(TypeId::of::<Self>())
        }
    }

    /// All values of a type.
    pub(crate) fn key(ty: usize) -> Key {
        Key::Type([TypeId::of::<Value<0>>, TypeId::of::<Value<1>>, TypeId::of::<Value<2>>][ty])
    }

    /// Puts a value of that type in, or a handler that is none.
    pub(crate) fn register(
        table: &mut Table,
        priority: i32,
        concurrent: bool,
        ty: Option<usize>,
        after: Vec<Key>,
        before: Vec<Key>,
    ) -> HandlerId {
        let detail = detail(concurrent, after, before);
        let values: [fn() -> Action; 3] =
            [|| Action::new(Value::<0>), || Action::new(Value::<1>), || Action::new(Value::<2>)];
        let entry = ty.map_or_else(|| entry(priority), |ty| entry_of(values[ty](), priority));
        insert(table, with_detail(entry, detail)).expect("the table is open")
    }
}

/// Puts a handler in that does something and has edges.
pub(crate) fn act_in(
    table: &mut Table,
    act: impl FnOnce() + Send + 'static,
    priority: i32,
    concurrent: bool,
    after: Vec<Key>,
) -> HandlerId {
    let detail = detail(concurrent, after, Vec::new());
    insert(table, with_detail(entry_that(act, priority), detail)).expect("the table is open")
}

pub(in crate::registry) fn insert_into(table: &mut Table, priority: i32) -> HandlerId {
    insert(table, entry(priority)).expect("the table is open")
}

pub(in crate::registry) fn rank_of(table: &Table, id: HandlerId) -> Rank {
    table.ranks().find(|&rank| HandlerId::of(rank) == id).expect("the handler waits")
}
