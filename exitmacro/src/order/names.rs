//! Resolves the handlers that an edge names.

use crate::handler::Rank;
use crate::handler::declared::Declared;
#[cfg(target_os = "wasi")]
use crate::handler::declared::HANDLERS;
use crate::handler::edge::{Element, Key};
use crate::handler::id::HandlerId;
use crate::order::graph::NONE;
use crate::registry::Table;
use std::collections::TryReserveError;

/// The numbers of handlers by what edges call them.
#[derive(Clone)]
pub(crate) struct Names {
    /// By the place of their element.
    declared: Vec<u32>,
    /// By their slot: the sequence of its last handler, and its number.
    registered: Vec<(u64, u32)>,
}

impl Names {
    /// `ranks` are the handlers in the order of their numbers.
    pub(crate) fn of(
        declared: &[Declared],
        ranks: &[Rank],
        table: &Table,
    ) -> Result<Self, TryReserveError> {
        let mut names = Self { declared: Vec::new(), registered: Vec::new() };
        names.declared.try_reserve_exact(declared.len())?;
        names.declared.resize(declared.len(), NONE);
        names.registered.try_reserve_exact(table.len())?;
        for (&rank, number) in ranks.iter().zip(0..) {
            if rank.is_declared() {
                names.declared[rank.index as usize] = number;
            } else {
                names.add(rank, number)?;
            }
        }
        Ok(names)
    }

    /// Adds a registered handler.
    pub(crate) fn add(&mut self, rank: Rank, number: u32) -> Result<(), TryReserveError> {
        let slot = rank.index as usize;
        if self.registered.len() <= slot {
            self.registered.try_reserve(slot + 1 - self.registered.len())?;
            self.registered.resize(slot + 1, (0, NONE));
        }
        self.registered[slot] = (rank.sequence, number);
        Ok(())
    }

    /// The handler that `key` names; `None` when it does not exist, or when `key` is a type.
    pub(crate) fn resolve(&self, key: &Key, declared: &[Declared]) -> Option<u32> {
        match key {
            Key::Declared(handler) => self.declared_at(handler(), declared),
            Key::Id(id) => self.registered(*id),
            Key::Type(_) => None,
        }
    }

    /// An element of another object, such as a plugin, is not in this slice.
    #[cfg(not(target_os = "wasi"))]
    fn declared_at(&self, handler: &dyn Element, declared: &[Declared]) -> Option<u32> {
        let offset = core::ptr::from_ref(handler).addr().checked_sub(declared.as_ptr().addr())?;
        let index = offset / size_of::<Declared>();
        let number = *self.declared.get(index)?;
        (number != NONE && core::ptr::addr_eq(&raw const declared[index], handler))
            .then_some(number)
    }

    #[cfg(target_os = "wasi")]
    fn declared_at(&self, handler: &dyn Element, _declared: &[Declared]) -> Option<u32> {
        let address = core::ptr::from_ref(handler).addr();
        let number = *self.declared.get(HANDLERS.index_of(address)?)?;
        (number != NONE).then_some(number)
    }

    pub(crate) fn registered(&self, id: HandlerId) -> Option<u32> {
        let &(sequence, number) = self.registered.get(id.slot())?;
        (sequence == id.sequence()).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static HANDLERS: [Declared; 2] = [
        Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(())),
        Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(())),
    ];

    #[test]
    fn a_declared_handler_has_a_number_when_it_is_among_those_that_run() {
        let [first, second] = [Key::Declared(|| &HANDLERS[0]), Key::Declared(|| &HANDLERS[1])];
        let names =
            Names::of(&HANDLERS, &[HANDLERS[1].rank(1)], &Table::new()).expect("there is memory");
        assert_eq!(
            (names.resolve(&first, &HANDLERS), names.resolve(&second, &HANDLERS)),
            (None, Some(0))
        );
        let of_another_object = &HANDLERS[..1];
        let names = Names::of(of_another_object, &[HANDLERS[0].rank(0)], &Table::new())
            .expect("there is memory");
        assert_eq!(
            (names.resolve(&first, of_another_object), names.resolve(&second, of_another_object)),
            (Some(0), None)
        );
    }
}
