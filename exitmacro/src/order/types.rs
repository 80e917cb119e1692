//! Edges to types: handlers that wait for all tracked values of a type, or run before them.
//!
//! Each such relation is one or more joins: what the handlers wait for has edges to the join, and
//! the join has edges to the handlers that wait. Handlers that are registered during the run get
//! joins of their own, because the earlier joins may have been released, or have lost edges to a
//! cycle.

use crate::order::graph::{Links, NONE};
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::order::relation::{Direction, Group};
use core::any::TypeId;
use std::collections::TryReserveError;

/// All types that have tracked values or are named by edges.
#[derive(Clone)]
pub(crate) struct Types {
    /// The places of the groups, sorted by their types.
    places: Vec<(TypeId, u32)>,
    groups: Vec<Group>,
    /// The group of each handler by its number; only up to the last tracked value.
    of: Vec<u32>,
}

/// How far a handler has got.
pub(crate) trait Progress {
    fn has_started(&self, number: u32) -> bool;
    fn is_finished(&self, number: u32) -> bool;
}

impl Types {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new(), groups: Vec::new(), of: Vec::new() }
    }

    fn group_of(&self, number: u32) -> u32 {
        self.of.get(number as usize).copied().unwrap_or(NONE)
    }

    /// The place of the group of a type.
    fn place(&mut self, ty: TypeId) -> Result<u32, TryReserveError> {
        match self.places.binary_search_by_key(&ty, |&(other, _)| other) {
            Ok(found) => Ok(self.places[found].1),
            Err(gap) => {
                self.places.try_reserve(1)?;
                self.groups.try_reserve(1)?;
                let place = self.groups.len() as u32;
                self.places.insert(gap, (ty, place));
                self.groups.push(Group::NEW);
                Ok(place)
            }
        }
    }

    /// Notes a tracked value.
    pub(crate) fn add_value(&mut self, number: u32, ty: TypeId) -> Result<(), TryReserveError> {
        let place = self.place(ty)?;
        let length = number as usize + 1;
        self.of.try_reserve(length.saturating_sub(self.of.len()))?;
        self.of.resize(length, NONE);
        self.of[number as usize] = place;
        self.groups[place as usize].values += 1;
        Ok(())
    }

    /// Notes a handler that names a type, before the run.
    pub(crate) fn ask(
        &mut self,
        number: u32,
        direction: Direction,
        ty: TypeId,
    ) -> Result<(), TryReserveError> {
        let place = self.place(ty)?;
        self.groups[place as usize].relation(direction).ask(number).map(drop)
    }

    /// Adds the edges of all noted handlers.
    pub(crate) fn link(
        &mut self,
        links: &mut Links,
        interrupt: &mut Interrupt,
    ) -> Result<(), Unplanned> {
        for place in 0..self.groups.len() {
            for direction in [Direction::After, Direction::Before] {
                self.add_askers(place, direction, links, interrupt)?;
            }
        }
        for (&place, number) in self.of.iter().zip(0..) {
            let Some(Group { after, before, .. }) = self.groups.get(place as usize) else {
                continue;
            };
            after.joins.iter().try_for_each(|&join| links.link(number, join).map(drop))?;
            before.joins.iter().try_for_each(|&join| links.link(join, number).map(drop))?;
            interrupt.step()?;
        }
        // A handler that is the only value of the type that it names waits for nothing.
        let joins = self
            .groups
            .iter()
            .flat_map(|group| group.after.joins.iter().chain(&group.before.joins));
        joins.for_each(|&join| links.free_last(join, |_| ()));
        Ok(())
    }

    fn add_askers(
        &mut self,
        place: usize,
        direction: Direction,
        links: &mut Links,
        interrupt: &mut Interrupt,
    ) -> Result<(), Unplanned> {
        let Self { groups, of, .. } = self;
        let group = &mut groups[place];
        // A handler that runs before the values of a type also runs before values that are
        // registered during the run.
        let is_needed = direction == Direction::Before || group.values > 0;
        if !is_needed || group.relation(direction).askers.is_empty() {
            return Ok(());
        }
        let relation = group.relation(direction);
        relation.joins.try_reserve(1)?;
        let join = links.add_join()?;
        relation.joins.push(join);
        for &asker in &relation.askers {
            if of.get(asker as usize) == Some(&(place as u32)) {
                links.set_mutual(join);
            }
            let (from, to) =
                if direction == Direction::After { (join, asker) } else { (asker, join) };
            links.link(from, to)?;
            interrupt.step()?;
        }
        Ok(())
    }

    /// Makes a value that was registered during the run wait for all handlers that run before its
    /// type. To be called before its own edges are added.
    pub(crate) fn link_late_value(
        &mut self,
        number: u32,
        ty: TypeId,
        links: &mut Links,
    ) -> Result<(), TryReserveError> {
        self.add_value(number, ty)?;
        let relation = &mut self.groups[self.of[number as usize] as usize].before;
        relation.forget_finished(links);
        relation.joins.iter().try_for_each(|&join| links.link(join, number).map(drop))
    }

    /// Makes the handlers that wait for its type wait for a value that was registered during the
    /// run. To be called when its own edges are added.
    pub(crate) fn block_with_late_value(
        &mut self,
        number: u32,
        links: &mut Links,
        progress: &impl Progress,
    ) -> Result<(), TryReserveError> {
        let place = self.group_of(number);
        let Some(Group { after: relation, .. }) = self.groups.get_mut(place as usize) else {
            return Ok(());
        };
        if !relation.is_asked {
            return Ok(());
        }
        let is_mutual = relation.askers.last() == Some(&number);
        relation.forget_finished(links);
        if relation.joins.contains(&relation.late) {
            let is_waiting = |last: u32| {
                relation.askers.binary_search(&last).is_ok() && !progress.has_started(last)
            };
            return add_late(relation.late, number, is_mutual, links, is_waiting);
        }
        let join = relation.join(number, links)?;
        relation.late = join;
        relation.askers.retain(|&asker| !progress.has_started(asker));
        relation.askers.iter().try_for_each(|&asker| links.link(join, asker).map(drop))?;
        settle(join, is_mutual, links);
        Ok(())
    }

    /// Adds an edge to a type, from a handler that was registered during the run.
    pub(crate) fn link_late(
        &mut self,
        number: u32,
        direction: Direction,
        ty: TypeId,
        links: &mut Links,
        progress: &impl Progress,
    ) -> Result<(), TryReserveError> {
        let place = self.place(ty)?;
        if direction == Direction::After {
            self.wait_late(number, place, links, progress)
        } else {
            self.block_late(number, place, links, progress)
        }
    }

    /// Makes a handler that was registered during the run wait for the values of a type.
    fn wait_late(
        &mut self,
        number: u32,
        place: u32,
        links: &mut Links,
        progress: &impl Progress,
    ) -> Result<(), TryReserveError> {
        let Self { groups, of, .. } = self;
        let relation = &mut groups[place as usize].after;
        relation.forget_finished(links);
        if !relation.is_asked {
            // The first handler that names the type: no value of it has an edge yet.
            let values = of
                .iter()
                .zip(0..)
                .filter(|&(&group, value)| {
                    group == place && value != number && !progress.is_finished(value)
                })
                .map(|(_, value)| value);
            for value in values {
                match relation.joins.last() {
                    Some(&join) => _ = links.link(value, join)?,
                    None => relation.late = relation.join(value, links)?,
                }
            }
        }
        if relation.ask(number)? {
            relation.joins.iter().try_for_each(|&join| links.link(join, number).map(drop))?;
        }
        Ok(())
    }

    /// Makes the values of a type wait for a handler that was registered during the run.
    fn block_late(
        &mut self,
        number: u32,
        place: u32,
        links: &mut Links,
        progress: &impl Progress,
    ) -> Result<(), TryReserveError> {
        let is_mutual = self.group_of(number) == place;
        let Self { groups, of, .. } = self;
        let relation = &mut groups[place as usize].before;
        if !relation.ask(number)? {
            return Ok(());
        }
        relation.forget_finished(links);
        if relation.joins.contains(&relation.late) {
            let is_waiting =
                |last: u32| of.get(last as usize) == Some(&place) && !progress.has_started(last);
            return add_late(relation.late, number, is_mutual, links, is_waiting);
        }
        let join = relation.join(number, links)?;
        relation.late = join;
        let values = of
            .iter()
            .zip(0..)
            .filter(|&(&group, value)| group == place && !progress.has_started(value));
        values.map(|(_, value)| value).try_for_each(|value| links.link(join, value).map(drop))?;
        settle(join, is_mutual, links);
        Ok(())
    }
}

/// Makes a join wait for one more handler. `is_waiting` says whether a handler waits for the join:
/// the only handler that the join waited for did not, but has to, now that there are two.
fn add_late(
    join: u32,
    number: u32,
    is_mutual: bool,
    links: &mut Links,
    is_waiting: impl Fn(u32) -> bool,
) -> Result<(), TryReserveError> {
    let last = links.last_of_mutual(join).filter(|&last| is_waiting(last));
    links.link(number, join)?;
    if let Some(last) = last {
        links.link(join, last)?;
    }
    settle(join, is_mutual, links);
    Ok(())
}

/// A handler that was added to a join may be on both sides of it, and be the only one.
fn settle(join: u32, is_mutual: bool, links: &mut Links) {
    if is_mutual {
        links.set_mutual(join);
        links.free_last(join, |_| ());
    }
}
