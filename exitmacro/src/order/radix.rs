//! Sorts items in linear time. The upper half of an item is its key, the lower half an index.
//!
//! This is a radix sort of the bytes, least significant first, which skips the bytes that all keys
//! share: in most programs all but one or two. For few items it is an insertion sort, because a
//! histogram costs more. A comparison sort of the standard library takes four times as long, and
//! ten times the code.

use crate::handler::Rank;
use core::cell::Cell;
use std::collections::TryReserveError;

/// Up to so many items, an insertion sort is faster.
pub(crate) const FEW: usize = 48;

/// Memory to sort in, allocated on demand: few items need no heap.
pub(crate) struct Workspace {
    few: [u64; FEW],
    many: Vec<u64>,
}

impl Workspace {
    pub(crate) const fn new() -> Self {
        Self { few: [0; FEW], many: Vec::new() }
    }

    /// Returns `count` items with arbitrary contents, and the scratch memory that [`sort`] needs.
    pub(crate) fn items(
        &mut self,
        count: usize,
    ) -> Result<(&mut [u64], &mut [u64]), TryReserveError> {
        if let Some(few) = self.few.get_mut(..count) {
            return Ok((few, &mut []));
        }
        let missing = (2 * count).saturating_sub(self.many.len());
        self.many.try_reserve_exact(missing)?;
        self.many.resize(self.many.len() + missing, 0);
        Ok(self.many.split_at_mut_checked(count).unwrap_or_default())
    }
}

/// An item with this key and index.
pub(crate) const fn item(key: u32, index: u32) -> u64 {
    (key as u64) << 32 | index as u64
}

pub(crate) const fn key(item: u64) -> u32 {
    (item >> 32) as u32
}

pub(crate) const fn index(item: u64) -> u32 {
    item as u32
}

/// Sorts by the keys. Items with equal keys keep their order if it is that of their indices.
/// Returns whether anything was moved. `scratch` is at least as long as the items, unless they are
/// few.
#[inline(never)]
pub(crate) fn sort(items: &mut [u64], scratch: &mut [u64]) -> bool {
    let Some(&first) = items.first() else { return false };
    let (mut differing, mut is_sorted, mut last) = (0, true, first);
    for &item in &*items {
        differing |= item ^ first;
        is_sorted &= key(last) <= key(item);
        last = item;
    }
    if is_sorted {
        return false;
    }
    match scratch.get_mut(..items.len()) {
        Some(scratch) if items.len() > FEW => sort_bytes(items, scratch, key(differing)),
        _ => insertion_sort(items, |a, b| a <= b),
    }
    true
}

/// Sorts by the bytes of the keys in which some of `differing` are set.
#[inline(never)]
fn sort_bytes(items: &mut [u64], scratch: &mut [u64], differing: u32) {
    let (mut from, mut to) = (&mut *items, &mut *scratch);
    let mut is_in_scratch = false;
    for shift in [0, 8, 16, 24] {
        if (differing >> shift) & 0xff != 0 {
            pass(from, to, 32 + shift);
            core::mem::swap(&mut from, &mut to);
            is_in_scratch = !is_in_scratch;
        }
    }
    if is_in_scratch {
        for (to, &mut from) in to.iter_mut().zip(from) {
            *to = from;
        }
    }
}

/// Puts `from` into `to`, ordered by one byte.
#[inline(never)]
fn pass(from: &[u64], to: &mut [u64], shift: u32) {
    let mut places = [0_u32; 256];
    for item in from {
        places[usize::from((item >> shift) as u8)] += 1;
    }
    let mut next = 0;
    for place in &mut places {
        next += core::mem::replace(place, next);
    }
    for &item in from {
        let place = &mut places[usize::from((item >> shift) as u8)];
        if let Some(to) = to.get_mut(*place as usize) {
            *to = item;
        }
        *place += 1;
    }
}

/// For few items, or items that are nearly in order.
fn insertion_sort<T: Copy>(items: &mut [T], is_in_order: impl Fn(T, T) -> bool) {
    let items = Cell::from_mut(items).as_slice_of_cells();
    for end in 2..=items.len() {
        for pair in items.get(..end).unwrap_or_default().windows(2).rev() {
            let [before, item] = pair else { break };
            let (a, b) = (before.get(), item.get());
            if is_in_order(a, b) {
                break;
            }
            before.set(b);
            item.set(a);
        }
    }
}

/// Sorts by priority, then by sequence, highest first; ranks that are equal in both keep their
/// order. Without memory they stay as they are.
pub(crate) fn sort_descending(ranks: &mut Vec<Rank>) -> Result<(), TryReserveError> {
    let is_in_order = |a: Rank, b: Rank| {
        a.priority > b.priority || (a.priority == b.priority && a.sequence >= b.sequence)
    };
    let Some(&first) = ranks.first() else { return Ok(()) };
    if ranks.is_sorted_by(|&a, &b| is_in_order(a, b)) {
        return Ok(());
    }
    if ranks.len() <= FEW {
        insertion_sort(ranks, is_in_order);
        return Ok(());
    }
    sort_many(ranks, first)
}

fn sort_many(ranks: &mut Vec<Rank>, first: Rank) -> Result<(), TryReserveError> {
    let (mut items, mut scratch, mut sorted) = (Vec::new(), Vec::new(), Vec::new());
    items.try_reserve_exact(ranks.len())?;
    scratch.try_reserve_exact(ranks.len())?;
    sorted.try_reserve_exact(ranks.len())?;
    scratch.resize(ranks.len(), 0);
    // In one pass, as each one takes time: the items, in which bytes they differ, and whether the
    // sequences are in order. Mostly they are: the table returns the newest handler first.
    let (mut differing, mut is_newest_first, mut last) = (0, true, first.sequence);
    items.extend(ranks.iter().zip(0..).map(|(&rank, place)| {
        differing |= rank.priority ^ first.priority;
        is_newest_first &= rank.sequence <= last;
        last = rank.sequence;
        item(key_of_priority(rank), place)
    }));
    if !is_newest_first {
        for key in [low_half as fn(Rank) -> u32, high_half] {
            set_keys(&mut items, ranks, key);
            if sort(&mut items, &mut scratch) {
                arrange(ranks, &mut sorted, &items);
            }
        }
        set_keys(&mut items, ranks, key_of_priority);
    }
    if differing != 0 {
        sort_bytes(&mut items, &mut scratch, differing.cast_unsigned());
        arrange(ranks, &mut sorted, &items);
    }
    Ok(())
}

/// The smaller, the higher the priority. Flipping the sign bit orders `i32` as `u32`; flipping all
/// bits reverses the order.
fn key_of_priority(rank: Rank) -> u32 {
    !(rank.priority.cast_unsigned() ^ (1 << 31))
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
fn set_keys(items: &mut [u64], ranks: &[Rank], key: fn(Rank) -> u32) {
    for ((to, &rank), place) in items.iter_mut().zip(ranks).zip(0..) {
        *to = item(key(rank), place);
    }
}

/// Puts the ranks in the order of the items, whose indices are places of ranks. There is room for
/// them in `sorted`.
#[inline(never)]
fn arrange(ranks: &mut Vec<Rank>, sorted: &mut Vec<Rank>, items: &[u64]) {
    sorted.clear();
    // Every index is that of a rank. To say so takes no code that panics, unlike `ranks[…]`.
    let rank = |&item: &u64| ranks.get(index(item) as usize).copied().unwrap_or(Rank::FILLER);
    sorted.extend(items.iter().map(rank));
    core::mem::swap(ranks, sorted);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn priority() -> impl Strategy<Value = i32> {
        prop_oneof![-1..2_i32, any::<i32>(), Just(i32::MIN), Just(i32::MAX)]
    }

    fn sequence() -> impl Strategy<Value = u64> {
        prop_oneof![0..3_u64, (0..9_u64).prop_map(|bits| bits << 30), any::<u64>()]
    }

    proptest! {
        #[test]
        fn items_are_sorted_by_key_and_keep_their_order(
            keys in prop::collection::vec(prop_oneof![0..4_u32, any::<u32>()], 0..200),
            mask in any::<u32>(),
        ) {
            let mut items: Vec<u64> =
                keys.iter().zip(0..).map(|(key, index)| item(key & mask, index)).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|&item| key(item));
            let moves = items != expected;
            prop_assert_eq!(sort(&mut items, &mut vec![0; keys.len()]), moves);
            prop_assert_eq!(items, expected);
        }

        #[test]
        fn ranks_are_sorted_by_priority_and_sequence(
            ranks in prop::collection::vec((priority(), sequence()), 0..120),
        ) {
            let mut ranks: Vec<Rank> = ranks
                .into_iter()
                .zip(0..)
                .map(|((priority, sequence), index)| Rank { priority, sequence, index })
                .collect();
            let mut expected = ranks.clone();
            expected.sort_by_key(|rank| core::cmp::Reverse((rank.priority, rank.sequence)));
            sort_descending(&mut ranks).expect("there is memory");
            prop_assert_eq!(ranks, expected);
        }
    }

    #[test]
    fn ranks_are_sorted_where_the_oldest_comes_first() {
        let count = 2 * FEW as u32;
        let mut ranks: Vec<Rank> =
            (0..count).map(|index| Rank { priority: 0, sequence: index.into(), index }).collect();
        sort_descending(&mut ranks).expect("there is memory");
        assert!(ranks.iter().map(|rank| rank.index).eq((0..count).rev()));
    }

    #[test]
    fn a_workspace_has_as_many_items_as_asked_for() {
        let mut workspace = Workspace::new();
        for count in [0, 1, FEW, FEW + 1, 500, FEW + 2, 2, 501] {
            let (items, scratch) = workspace.items(count).expect("there is memory");
            assert!(items.len() == count && (count <= FEW || scratch.len() >= count));
        }
    }
}
