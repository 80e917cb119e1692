//! What a type means in the order: who waits for its tracked values, and for whom they wait.

use crate::order::graph::{Links, NONE};
use std::collections::TryReserveError;

/// The direction of an edge.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The handler waits for the values.
    After,
    /// The values wait for the handler.
    Before,
}

/// The handlers that have an edge to a type, in the order of their numbers, and the joins between
/// them and its values.
#[derive(Clone)]
pub(super) struct Relation {
    pub(super) askers: Vec<u32>,
    /// Whether a handler has named the type, so that all values of the type have their edges.
    pub(super) is_asked: bool,
    pub(super) joins: Vec<u32>,
    /// The join to which handlers that are registered during the run are added.
    pub(super) late: u32,
}

impl Relation {
    pub(super) const NEW: Self =
        Self { askers: Vec::new(), is_asked: false, joins: Vec::new(), late: NONE };

    /// Notes a handler; `false` when it has named the type before.
    pub(super) fn ask(&mut self, number: u32) -> Result<bool, TryReserveError> {
        if self.askers.last() == Some(&number) {
            return Ok(false);
        }
        self.askers.try_reserve(1)?;
        self.askers.push(number);
        self.is_asked = true;
        Ok(true)
    }

    pub(super) fn forget_finished(&mut self, links: &Links) {
        self.joins.retain(|&join| !links.is_free(join));
    }

    /// A new join, which waits for `first`.
    pub(super) fn join(&mut self, first: u32, links: &mut Links) -> Result<u32, TryReserveError> {
        self.joins.try_reserve(1)?;
        let join = links.add_join()?;
        links.link(first, join)?;
        self.joins.push(join);
        Ok(join)
    }
}

#[derive(Clone)]
pub(super) struct Group {
    pub(super) values: u32,
    pub(super) after: Relation,
    pub(super) before: Relation,
}

impl Group {
    pub(super) const NEW: Self = Self { values: 0, after: Relation::NEW, before: Relation::NEW };

    pub(super) fn relation(&mut self, direction: Direction) -> &mut Relation {
        match direction {
            Direction::After => &mut self.after,
            Direction::Before => &mut self.before,
        }
    }
}
