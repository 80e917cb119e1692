//! One handler, declared or registered, for all who only look at it.

use crate::handler::declared::Declared;
use crate::handler::edge::{Edges, Key};
use crate::handler::options::Options;
use crate::handler::raw::Describer;
use crate::handler::{Location, Queued, Rank, Source};
use crate::registry::entry::{Entry, Label, Metadata};
use crate::registry::table::Table;
use core::any::TypeId;
use std::borrow::Cow;

#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    Declared(&'a Declared),
    Registered(&'a Metadata, Describer),
}

impl<'a> From<&'a Entry> for View<'a> {
    #[inline]
    fn from(entry: &'a Entry) -> Self {
        Self::Registered(&entry.metadata, entry.kept.describer())
    }
}

impl<'a> From<&'a Label> for View<'a> {
    #[inline]
    fn from(label: &'a Label) -> Self {
        Self::Registered(&label.metadata, label.describer)
    }
}

impl<'a> View<'a> {
    /// The handler at that rank, if it is there.
    #[inline]
    pub(crate) fn at(rank: Rank, declared: &'a [Declared], table: &'a Table) -> Option<Self> {
        if rank.is_declared() {
            declared.get(rank.index as usize).map(Self::Declared)
        } else {
            table.entry(rank).map(Self::from)
        }
    }

    /// The handler in the queue, if it waits.
    #[inline]
    pub(crate) fn of_queued(
        handler: Queued,
        declared: &'a [Declared],
        table: &'a Table,
    ) -> Option<Self> {
        if handler.is_declared() {
            declared.get(handler.index() as usize).map(Self::Declared)
        } else {
            table.queued(handler).map(Self::from)
        }
    }

    #[inline]
    pub(crate) fn options(self) -> &'a Options {
        match self {
            Self::Declared(handler) => &handler.options,
            Self::Registered(metadata, _) => metadata.options(),
        }
    }

    pub(crate) fn edges(self) -> Edges<&'a [Key]> {
        match self {
            Self::Declared(handler) => handler.edges,
            Self::Registered(metadata, _) => metadata.edges(),
        }
    }

    /// Its own name, or else the path of its function or the type of its value.
    pub(crate) fn name(self) -> &'a str {
        match self {
            Self::Declared(handler) => handler.name(),
            Self::Registered(metadata, describer) => match metadata.name() {
                Some(name) => name,
                None => describer.description().type_name,
            },
        }
    }

    /// The [name](Self::name), for longer than the handler is there; without memory for a copy, the
    /// path of its function or the type of its value.
    pub(crate) fn kept_name(self) -> Cow<'static, str> {
        match self {
            Self::Declared(handler) => Cow::Borrowed(handler.name()),
            Self::Registered(metadata, describer) => match metadata.name() {
                Some(Cow::Borrowed(name)) => Some(Cow::Borrowed(*name)),
                Some(Cow::Owned(name)) => copy(name).map(Cow::Owned),
                None => None,
            }
            .unwrap_or_else(|| Cow::Borrowed(describer.description().type_name)),
        }
    }

    pub(crate) fn location(self) -> Location {
        match self {
            Self::Declared(handler) => handler.location(),
            Self::Registered(metadata, _) => metadata.location(),
        }
    }

    pub(crate) fn priority(self) -> i32 {
        match self {
            Self::Declared(handler) => handler.own_priority(),
            Self::Registered(metadata, _) => metadata.priority(),
        }
    }

    /// The type of a tracked value.
    pub(crate) fn value_type(self) -> Option<TypeId> {
        match self {
            Self::Declared(_) => None,
            Self::Registered(_, describer) => describer.description().value_type,
        }
    }

    pub(crate) fn source(self) -> Source {
        match self {
            Self::Declared(_) => Source::Declared,
            Self::Registered(..) if self.value_type().is_some() => Source::Tracked,
            Self::Registered(..) => Source::Registered,
        }
    }
}

/// A copy, if there is memory for it.
fn copy(name: &str) -> Option<String> {
    let mut copied = String::new();
    copied.try_reserve_exact(name.len()).ok()?;
    copied.push_str(name);
    Some(copied)
}
