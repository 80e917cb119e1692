//! Why a handler has its place in the order, in words.

use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::handler::edge::Key;
use crate::order::enlist::edges;
use crate::order::names::Names;
use crate::order::relation::Direction;
use crate::order::sort::run_order;
use crate::registry::Table;
use crate::registry::view::View;
use crate::text::table;
use core::any::TypeId;
use core::cmp::Ordering;
use std::collections::BTreeMap;

/// The handlers that name a type, and its values, by their places in the order.
#[derive(Default)]
struct OfType {
    values: Vec<usize>,
    askers: [Vec<usize>; 2],
}

/// For each handler of an order, the last one before it that it waits for.
struct Awaited(Vec<Option<usize>>);

impl Awaited {
    fn of(declared: &[Declared], order: &[Rank], table: &Table) -> Self {
        let mut awaited = Self(vec![None; order.len()]);
        let Ok(names) = Names::of(declared, order, table) else { return awaited };
        let mut types = BTreeMap::<TypeId, OfType>::new();
        for (place, &rank) in order.iter().enumerate() {
            let ty = View::at(rank, declared, table).and_then(View::value_type);
            if let Some(ty) = ty {
                types.entry(ty).or_default().values.push(place);
            }
            for (key, direction) in edges(declared, table, rank) {
                if let Key::Type(ty) = key {
                    let of_type = types.entry(ty()).or_default();
                    of_type.askers[usize::from(direction == Direction::Before)].push(place);
                } else if let Some(other) = names.resolve(key, declared) {
                    awaited.add_edge(place, direction, other as usize);
                }
            }
        }
        for OfType { values, askers: [after, before] } in types.into_values() {
            awaited.add_all(&after, &values);
            awaited.add_all(&values, &before);
        }
        awaited
    }

    fn add_edge(&mut self, place: usize, direction: Direction, other: usize) {
        match direction {
            Direction::After => self.add(place, other),
            Direction::Before => self.add(other, place),
        }
    }

    /// Only what runs before it counts: the others are edges of a cycle, which the run ignores.
    fn add(&mut self, waiting: usize, first: usize) {
        if first < waiting {
            self.0[waiting] = self.0[waiting].max(Some(first));
        }
    }

    /// Each of `waiting` waits for all of `firsts`, which are in order.
    fn add_all(&mut self, waiting: &[usize], firsts: &[usize]) {
        for &place in waiting {
            let before = firsts.partition_point(|&first| first < place);
            if let Some(&last) = firsts[..before].last() {
                self.add(place, last);
            }
        }
    }
}

/// Why each handler has its place in this order.
pub(crate) fn reasons(declared: &[Declared], order: &[Rank], table: &Table) -> Vec<String> {
    let Awaited(awaited) = Awaited::of(declared, order, table);
    // Of the handlers up to each place, the one that would run last without edges.
    let mut last = Vec::with_capacity(order.len());
    for &rank in order {
        let before = last.last().copied().unwrap_or(rank);
        let is_later = run_order(declared, before, rank) == Ordering::Less;
        last.push(if is_later { rank } else { before });
    }
    let reason = |place: usize| {
        let rank = order[place];
        // One that runs first anyway needs no edge for that.
        let is_held_up = |&first: &usize| run_order(declared, rank, last[first]) == Ordering::Less;
        if let Some(first) = awaited[place].filter(is_held_up) {
            let name = name(declared, table, order[first]);
            return format!("priority {}, but after `{name}`", rank.priority);
        }
        let tie = order.get(place + 1).and_then(|&next| tie(declared, rank, next));
        format!("priority {}{}", rank.priority, tie.unwrap_or_default())
    };
    (0..order.len()).map(reason).collect()
}

/// Why one of two handlers of the same priority runs before the other one, which is the next.
fn tie(declared: &[Declared], rank: Rank, next: Rank) -> Option<String> {
    if rank.priority != next.priority || run_order(declared, rank, next) != Ordering::Less {
        return None;
    }
    if next.is_declared() && !rank.is_declared() {
        return Some(", registered at run time".to_owned());
    }
    if !rank.is_declared() {
        return Some(", registered later".to_owned());
    }
    let [this, other] = [rank, next].map(|rank| &declared[rank.index as usize]);
    let (file, other_file) = (this.location().file(), other.location().file());
    Some(if this.crate_name() != other.crate_name() {
        ", in a crate whose name sorts later".to_owned()
    } else if file != other_file {
        ", in a file whose name sorts later".to_owned()
    } else if (this.location().line(), this.column()) != (other.location().line(), other.column()) {
        format!(", later in {}", table::cell(file))
    } else {
        ", with a path that sorts later".to_owned()
    })
}

fn name(declared: &[Declared], table: &Table, rank: Rank) -> String {
    match View::at(rank, declared, table) {
        Some(handler) => table::cell(handler.name()),
        // Unregistered, or taken by the run, since the plan was made.
        None => "a handler that is gone".to_owned(),
    }
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
