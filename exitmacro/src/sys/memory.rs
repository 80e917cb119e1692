//! Whether memory is left.

/// Whether there is not even the memory that starting a thread takes, about. Then handlers run
/// where nothing has to be allocated.
#[inline(never)]
pub(crate) fn is_starved() -> bool {
    const STARTING_MEMORY: usize = 16 * 1024;
    Vec::<u8>::new().try_reserve_exact(STARTING_MEMORY).is_err()
}
