//! Sorts items in linear time. The upper half of an item is its key, the lower half an index.
//!
//! This is a radix sort of the bytes, least significant first, which skips the bytes that all keys
//! share: in most programs all but one or two. For few items it is an insertion sort, because a
//! histogram costs more. A comparison sort of the standard library takes four times as long, and
//! ten times the code.

use crate::sys::push_reserved;
use core::cell::Cell;
use std::collections::TryReserveError;

/// Up to so many items, an insertion sort is faster.
pub(crate) const FEW: usize = 48;

/// Items to sort, and the memory for it: few items need no heap.
pub(crate) struct Workspace {
    few: [u64; FEW],
    /// How many of these are used.
    count: usize,
    many: Vec<u64>,
    scratch: Vec<u64>,
}

impl Workspace {
    /// For at most so many items.
    pub(crate) fn with_room_for(count: usize) -> Result<Self, TryReserveError> {
        let (mut many, mut scratch) = (Vec::new(), Vec::new());
        if count > FEW {
            many.try_reserve_exact(count)?;
            scratch.try_reserve_exact(count)?;
        }
        Ok(Self { few: [0; FEW], count: 0, many, scratch })
    }

    /// Adds an item, if there is room.
    #[inline]
    pub(crate) fn push(&mut self, item: u64) {
        if self.many.capacity() > 0 {
            push_reserved(&mut self.many, item);
        } else if let Some(place) = self.few.get_mut(self.count) {
            *place = item;
            self.count += 1;
        }
    }

    /// The items, and the scratch memory that [`sort`] needs.
    pub(crate) fn items(&mut self) -> (&mut [u64], &mut Vec<u64>) {
        let few = self.few.get_mut(..self.count).unwrap_or_default();
        let items = if self.many.is_empty() { few } else { &mut self.many };
        (items, &mut self.scratch)
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

/// Sorts by the keys. Items with equal keys keep their order. Returns whether anything was moved.
/// `scratch` has room for as many items, unless they are few.
#[inline(never)]
pub(crate) fn sort(items: &mut [u64], scratch: &mut Vec<u64>) -> bool {
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
    if scratch.len() < items.len() && items.len() <= scratch.capacity() {
        scratch.resize(items.len(), 0);
    }
    match scratch.get_mut(..items.len()) {
        Some(scratch) if items.len() > FEW => sort_bytes(items, scratch, key(differing)),
        _ => insertion_sort(items),
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
fn insertion_sort(items: &mut [u64]) {
    let items = Cell::from_mut(items).as_slice_of_cells();
    for end in 2..=items.len() {
        for pair in items.get(..end).unwrap_or_default().windows(2).rev() {
            let [before, item] = pair else { break };
            let (a, b) = (before.get(), item.get());
            if key(a) <= key(b) {
                break;
            }
            before.set(b);
            item.set(a);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn items_are_sorted_by_key_and_keep_their_order(
            keys in prop::collection::vec(prop_oneof![0..4_u32, any::<u32>()], 0..200),
            mask in any::<u32>(),
        ) {
            // Indices that descend: those of equal keys are not to be sorted by them.
            let mut items: Vec<u64> = keys
                .iter()
                .zip((0..200).rev())
                .map(|(key, index)| item(key & mask, index))
                .collect();
            let mut expected = items.clone();
            expected.sort_by_key(|&item| key(item));
            let moves = items != expected;
            prop_assert_eq!(sort(&mut items, &mut vec![0; keys.len()]), moves);
            prop_assert_eq!(items, expected);
        }
    }

    #[test]
    fn a_workspace_has_as_many_items_as_were_added() {
        for count in [0, 1, FEW, FEW + 1, 500] {
            let mut workspace = Workspace::with_room_for(count).expect("there is memory");
            (0..count as u64).for_each(|item| workspace.push(item));
            let (items, scratch) = workspace.items();
            assert!(items.iter().copied().eq(0..count as u64));
            assert!(count <= FEW || scratch.capacity() >= count);
        }
    }
}
