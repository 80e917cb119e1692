//! Sorts declared and registered handlers by priority.

use crate::handler::Rank;
use crate::handler::declared::Declared;
use crate::order::radix::{self, Workspace};
use crate::order::ties;
use crate::registry::Table;
use crate::sys::push_reserved;
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

/// Sorts into run order: the first rank runs first. Fails when there is no memory for it; the ranks
/// may be in no order then.
pub(crate) fn sort(declared: &[Declared], ranks: &mut Vec<Rank>) -> Result<(), TryReserveError> {
    if ranks.len() < 2 {
        return Ok(());
    }
    radix::sort_descending(ranks)?;
    // Declared handlers of equal priority are not in order yet.
    if declared.len() < 2 {
        return Ok(());
    }
    let mut workspace = Workspace::new();
    let mut left = ranks.as_mut_slice();
    while let Some(start) = left.windows(2).position(are_tied) {
        let Some((_, tied)) = left.split_at_mut_checked(start) else { break };
        let count = 1 + tied.windows(2).take_while(|pair| are_tied(pair)).count();
        let Some((equal, rest)) = tied.split_at_mut_checked(count) else { break };
        ties::sort_as_read(declared, equal, &mut workspace)?;
        left = rest;
    }
    Ok(())
}

/// Whether these two are declared handlers of one priority.
fn are_tied(pair: &[Rank]) -> bool {
    matches!(pair, [a, b] if a.priority == b.priority && a.is_declared() && b.is_declared())
}

/// The ranks of these declared handlers and of all that wait in the table, in run order.
pub(crate) fn sorted(
    declared: &[Declared],
    waiting: impl Iterator<Item = Rank>,
    table: &Table,
) -> Result<Vec<Rank>, TryReserveError> {
    let mut ranks = Vec::new();
    ranks.try_reserve_exact(declared.len() + table.len())?;
    table.visit_ranks(|rank| push_reserved(&mut ranks, rank));
    waiting.for_each(|rank| push_reserved(&mut ranks, rank));
    sort(declared, &mut ranks)?;
    Ok(ranks)
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
