//! Whether memory is left, and vectors that have some.

/// Whether there is not even the memory that starting a thread takes, about. Then handlers run
/// where nothing has to be allocated.
#[inline(never)]
pub(crate) fn is_starved() -> bool {
    const STARTING_MEMORY: usize = 16 * 1024;
    Vec::<u8>::new().try_reserve_exact(STARTING_MEMORY).is_err()
}

/// Adds an item to a vector that has room for it. `push` alone would contain code that takes more
/// memory, and panics or ends the process where there is none. Without room, the item is lost, and
/// no code of the user runs for that.
#[inline]
pub(crate) fn push_reserved<T>(items: &mut Vec<T>, item: T) {
    if items.len() < items.capacity() {
        items.push(item);
    } else {
        core::mem::forget(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_added_only_where_there_is_room() {
        let mut items = Vec::new();
        push_reserved(&mut items, 1);
        assert!(items.is_empty() && items.capacity() == 0);
        items.reserve_exact(1);
        push_reserved(&mut items, 2);
        assert_eq!(items, [2]);
    }
}
