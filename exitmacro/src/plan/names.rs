//! Which handlers an edge names.

use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::handler::edge::{Edges, Key};
use crate::handler::registered::{HandlerId, Table};
use core::any::TypeId;
use std::collections::TryReserveError;

/// No handler has this number.
const NOBODY: u32 = u32::MAX;

/// Which way an edge leads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    After,
    Before,
}

/// The numbers of handlers by what they can be called.
#[derive(Clone)]
pub(super) struct Names {
    /// By the place of their element.
    declared: Vec<u32>,
    /// By their slot: the sequence of whoever had it last, and its number.
    registered: Vec<(u64, u32)>,
    /// Tracked values.
    typed: Vec<(TypeId, u32)>,
    /// Who has an edge to all values of a type, for those that are tracked late.
    asking: Vec<(TypeId, Way, u32)>,
}

impl Names {
    /// `ranks` are the handlers in the order of their numbers.
    pub(super) fn of(declared: &[Declared], ranks: &[Rank], table: &Table) -> Result<Self, TryReserveError> {
        let mut names = Self { declared: Vec::new(), registered: Vec::new(), typed: Vec::new(), asking: Vec::new() };
        names.declared.try_reserve_exact(declared.len())?;
        names.declared.resize(declared.len(), NOBODY);
        names.registered.try_reserve_exact(table.len())?;
        for (&rank, number) in ranks.iter().zip(0..) {
            if rank.is_declared() {
                names.declared[rank.index as usize] = number;
            } else {
                names.register(rank, number, table)?;
            }
        }
        names.typed.sort_unstable();
        Ok(names)
    }

    fn register(&mut self, rank: Rank, number: u32, table: &Table) -> Result<(), TryReserveError> {
        let slot = rank.index as usize;
        if self.registered.len() <= slot {
            self.registered.try_reserve(slot + 1 - self.registered.len())?;
            self.registered.resize(slot + 1, (0, NOBODY));
        }
        self.registered[slot] = (rank.sequence, number);
        if let Some(ty) = table.entry(rank).and_then(|entry| entry.value_type()) {
            self.typed.try_reserve(1)?;
            self.typed.push((ty, number));
        }
        Ok(())
    }

    /// Adds a handler that came late. Who waits for whom because of its type: in each pair, the first for the second.
    pub(super) fn add(&mut self, rank: Rank, number: u32, table: &Table) -> Result<Vec<(u32, u32)>, TryReserveError> {
        self.register(rank, number, table)?;
        let mut waiting = Vec::new();
        let Some(ty) = table.entry(rank).and_then(|entry| entry.value_type()) else {
            return Ok(waiting);
        };
        self.typed.sort_unstable();
        waiting.try_reserve_exact(self.asking.len())?;
        let asking = self.asking.iter().filter(|(asked, ..)| *asked == ty);
        waiting.extend(asking.map(|&(_, way, asking)| if way == Way::After { (asking, number) } else { (number, asking) }));
        Ok(waiting)
    }

    /// Keeps in mind the edges of a handler that lead to a type.
    pub(super) fn remember(&mut self, number: u32, edges: Edges<'_>) -> Result<(), TryReserveError> {
        let after = edges.after.iter().map(|key| (key, Way::After));
        for (key, way) in after.chain(edges.before.iter().map(|key| (key, Way::Before))) {
            if let Key::Type(ty) = key {
                self.asking.try_reserve(1)?;
                self.asking.push((ty(), way, number));
            }
        }
        Ok(())
    }

    /// The handlers that `key` names, as the one with the number `asking` says it. A value does not mean itself when it names its type.
    pub(super) fn resolve(&self, key: &Key, declared: &[Declared], asking: u32) -> impl Iterator<Item = u32> + '_ {
        let (one, values) = match key {
            Key::Declared(handler) => (self.declared_at(handler(), declared), &[][..]),
            Key::Id(id) => (self.registered(*id), &[][..]),
            Key::Type(ty) => (None, self.of_type(ty())),
        };
        one.into_iter().chain(values.iter().map(|&(_, number)| number).filter(move |&number| number != asking))
    }

    fn of_type(&self, ty: TypeId) -> &[(TypeId, u32)] {
        let start = self.typed.partition_point(|(other, _)| *other < ty);
        let end = self.typed.partition_point(|(other, _)| *other <= ty);
        &self.typed[start..end]
    }

    /// An element of another object, such as a plugin, is not among ours.
    fn declared_at(&self, handler: &Declared, declared: &[Declared]) -> Option<u32> {
        let offset = core::ptr::from_ref(handler).addr().checked_sub(declared.as_ptr().addr())?;
        let index = offset / size_of::<Declared>();
        let number = *self.declared.get(index)?;
        (number != NOBODY && core::ptr::eq(&raw const declared[index], handler)).then_some(number)
    }

    pub(super) fn registered(&self, id: HandlerId) -> Option<u32> {
        let &(sequence, number) = self.registered.get(id.slot())?;
        (sequence == id.sequence()).then_some(number)
    }
}
