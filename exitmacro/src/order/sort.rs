//! Sorts declared and registered handlers by priority.

use crate::handler::declared::Declared;
use crate::handler::{Queued, Rank};
use crate::order::radix::{self, Workspace};
use crate::order::ties;
use crate::registry::Table;
use core::cmp::Ordering;
use std::collections::TryReserveError;

/// Compares two handlers by who runs first.
pub(crate) fn run_order(declared: &[Declared], a: Rank, b: Rank) -> Ordering {
    (b.priority, b.sequence).cmp(&(a.priority, a.sequence)).then_with(|| {
        let element = |rank: Rank| declared.get(rank.index as usize).filter(|_| rank.is_declared());
        let reading = match (element(a), element(b)) {
            (Some(a), Some(b)) => b.reading_position(a),
            _ => Ordering::Equal,
        };
        // Two handlers of the same name at the same place: any order, but a total one.
        reading.then(a.index.cmp(&b.index))
    })
}

/// These declared handlers and all that wait in the table, in run order: the first one runs first.
/// Fails when there is no memory for it.
pub(crate) fn sorted_queue(
    declared: &[Declared],
    waiting: impl Iterator<Item = Rank>,
    table: Option<&Table>,
) -> Result<Vec<Queued>, TryReserveError> {
    let count = declared.len() + table.map_or(0, Table::len);
    let mut queue = Vec::new();
    if count == 0 {
        return Ok(queue);
    }
    queue.try_reserve_exact(count)?;
    let mut workspace = Workspace::with_room_for(count)?;
    // Registered handlers of one priority keep their order, and declared ones come last.
    let (mut is_newest_first, mut last) = (true, u64::MAX);
    if let Some(table) = table {
        table.visit_ranks(|rank| {
            is_newest_first &= rank.sequence <= last;
            last = rank.sequence;
            workspace.push(item(rank.priority, Queued::registered(rank.index)));
        });
    }
    for rank in waiting {
        workspace.push(item(rank.priority, Queued::declared(rank.index)));
    }
    let (items, scratch) = workspace.items();
    if !is_newest_first {
        sort_by_age(declared, items, scratch, table);
    }
    sort(declared, items, scratch);
    queue.extend(items.iter().map(|&item| queued(item)));
    Ok(queue)
}

/// The same as ranks.
pub(crate) fn sorted(
    declared: &[Declared],
    waiting: impl Iterator<Item = Rank>,
    table: &Table,
) -> Result<Vec<Rank>, TryReserveError> {
    ranks(declared, &sorted_queue(declared, waiting, Some(table))?, table)
}

/// The ranks of those in a queue that was just made.
pub(crate) fn ranks(
    declared: &[Declared],
    queue: &[Queued],
    table: &Table,
) -> Result<Vec<Rank>, TryReserveError> {
    let mut ranks = Vec::new();
    ranks.try_reserve_exact(queue.len())?;
    ranks.extend(queue.iter().filter_map(|&handler| rank(declared, handler, Some(table))));
    Ok(ranks)
}

/// The rank of a handler in such a queue.
fn rank(declared: &[Declared], handler: Queued, table: Option<&Table>) -> Option<Rank> {
    if handler.is_declared() {
        declared_rank(declared, handler)
    } else {
        table?.rank_in(handler.index())
    }
}

/// The rank of a declared handler.
#[inline]
pub(crate) fn declared_rank(declared: &[Declared], handler: Queued) -> Option<Rank> {
    let index = handler.index();
    declared.get(index as usize).map(|handler| handler.rank(index))
}

fn item(priority: i32, handler: Queued) -> u64 {
    radix::item(key_of_priority(priority), handler.to_bits())
}

fn queued(item: u64) -> Queued {
    Queued::from_bits(radix::index(item))
}

/// The smaller, the higher the priority. Flipping the sign bit orders `i32` as `u32`; flipping all
/// bits reverses the order.
fn key_of_priority(priority: i32) -> u32 {
    !(priority.cast_unsigned() ^ (1 << 31))
}

/// Sorts items of handlers by priority, and declared ones by place. Registered handlers of one
/// priority keep their order.
fn sort(declared: &[Declared], items: &mut [u64], scratch: &mut Vec<u64>) {
    radix::sort(items, scratch);
    // Declared handlers of equal priority are not in order yet.
    if declared.len() < 2 {
        return;
    }
    let mut left = items;
    while let Some(start) = left.windows(2).position(are_tied) {
        let Some((_, tied)) = left.split_at_mut_checked(start) else { break };
        let count = 1 + tied.windows(2).take_while(|pair| are_tied(pair)).count();
        let Some((equal, rest)) = tied.split_at_mut_checked(count) else { break };
        ties::sort_as_read(declared, equal, scratch);
        left = rest;
    }
}

/// Whether these two are declared handlers of one priority.
fn are_tied(pair: &[u64]) -> bool {
    let is_declared = |item| queued(item).is_declared();
    matches!(*pair, [a, b] if radix::key(a) == radix::key(b) && is_declared(a) && is_declared(b))
}

/// Sorts by sequence, the newest first, where the table has used slots twice.
#[cold]
#[inline(never)]
fn sort_by_age(
    declared: &[Declared],
    items: &mut [u64],
    scratch: &mut Vec<u64>,
    table: Option<&Table>,
) {
    // The half of the sequence that is compared last comes first.
    for key in [low_half as fn(Rank) -> u32, high_half] {
        set_keys(declared, items, table, key);
        radix::sort(items, scratch);
    }
    set_keys(declared, items, table, |rank| key_of_priority(rank.priority));
}

/// The half of a sequence that is compared last. The smaller, the newer the handler.
fn low_half(rank: Rank) -> u32 {
    !rank.sequence as u32
}

/// The half that is compared first.
fn high_half(rank: Rank) -> u32 {
    (!rank.sequence >> 32) as u32
}

#[inline(never)]
fn set_keys(declared: &[Declared], items: &mut [u64], table: Option<&Table>, key: fn(Rank) -> u32) {
    for item in items {
        let rank = rank(declared, queued(*item), table).unwrap_or(Rank::FILLER);
        *item = radix::item(key(rank), radix::index(*item));
    }
}

/// The ranks of declared handlers, the last one in the linker's order first, which mostly is the
/// order in which they run. If `owned` says that they belong to another process, only of those that
/// forked children may run as well.
pub(crate) fn declared_ranks(
    declared: &[Declared],
    owned: bool,
) -> impl Iterator<Item = Rank> + '_ {
    declared
        .iter()
        .enumerate()
        .rev()
        .filter(move |(_, handler)| owned || handler.options.inherit)
        .map(|(index, handler)| handler.rank(index as u32))
}

/// The rank that follows `last` in run order, found by a search of all: for the case without memory
/// to sort in.
pub(crate) fn next_after(
    declared: &[Declared],
    ranks: impl Iterator<Item = Rank>,
    last: Option<Rank>,
) -> Option<Rank> {
    let is_before = |a, b| run_order(declared, a, b).is_lt();
    let mut first = None;
    // A loop, because `min_by` would be compiled for each part of the chain.
    for rank in ranks {
        if last.is_none_or(|last| is_before(last, rank))
            && first.is_none_or(|first| is_before(rank, first))
        {
            first = Some(rank);
        }
    }
    first
}

#[cfg(test)]
#[path = "sort_tests.rs"]
mod tests;
