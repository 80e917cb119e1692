//! Sorts ranks into run order in linear time, whatever their number.
//!
//! A radix sort of the bytes of the key, least significant first, which leaves out the bytes that all keys share: of most programs that is all but one or two. A
//! comparison sort of the standard library takes four times as long, and ten times the code.

use crate::handler::Rank;
use std::collections::TryReserveError;

/// Sorts by priority, then by sequence, highest first; ranks that are equal in both keep their order.
pub(crate) fn sort_descending(ranks: &mut Vec<Rank>) -> Result<(), TryReserveError> {
    let mut scratch = Vec::new();
    scratch.try_reserve_exact(ranks.len())?;
    scratch.extend_from_slice(ranks);
    // The sequence mostly stands in the right order already: what the table hands out newest first.
    if !ranks.is_sorted_by_key(|rank| !rank.sequence) {
        sort_by(ranks, &mut scratch, |rank| !rank.sequence);
    }
    // Flipping the sign orders `i32` as `u32`; flipping all bits turns the order round.
    sort_by(ranks, &mut scratch, |rank| u64::from(!(rank.priority.cast_unsigned() ^ (1 << 31))));
    Ok(())
}

fn sort_by(ranks: &mut Vec<Rank>, scratch: &mut Vec<Rank>, key: impl Fn(&Rank) -> u64) {
    let Some(first) = ranks.first().map(&key) else {
        return;
    };
    let differing = ranks.iter().fold(0, |bits, rank| bits | (key(rank) ^ first));
    for shift in (0..u64::BITS).step_by(8).filter(|&shift| (differing >> shift) & 0xff != 0) {
        pass(ranks, scratch, |rank| (key(rank) >> shift) as u8);
        core::mem::swap(ranks, scratch);
    }
}

/// Puts `from` into `to`, ordered by one byte.
fn pass(from: &[Rank], to: &mut [Rank], byte: impl Fn(&Rank) -> u8) {
    let mut places = [0_usize; 256];
    for rank in from {
        places[usize::from(byte(rank))] += 1;
    }
    let mut next = 0;
    for place in &mut places {
        next += core::mem::replace(place, next);
    }
    for rank in from {
        let place = &mut places[usize::from(byte(rank))];
        to[*place] = *rank;
        *place += 1;
    }
}
