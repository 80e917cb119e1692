//! The guards of a cell's value, and how many of them there are.

use crate::borrows::{self, Slot, TakenAt};
use crate::fork::generation;
use core::fmt;
use core::ops::Deref;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::RwLockReadGuard;

/// Gives access to the value of an [`AtExitCell`](crate::AtExitCell) and keeps it from being
/// dropped. Returned by [`AtExitCell::get`](crate::AtExitCell::get).
///
/// Keep it as short as a reference. At exit the drop of the value waits for it, and a guard that is
/// never dropped makes the value busy.
///
/// ```
/// use exitmacro::{AtExitCell, CellGuard};
///
/// static NAMES: AtExitCell<Vec<&str>> = AtExitCell::new(|| vec!["a", "b"]);
/// let names: CellGuard<Vec<&str>> = NAMES.get()?;
/// assert_eq!(names.len(), 2);
/// drop(names); // Before a call that ends the process.
/// # Ok::<(), exitmacro::CellError>(())
/// ```
#[must_use = "the value is only kept for as long as the guard lives"]
pub struct CellGuard<T: 'static> {
    pub(super) value: RwLockReadGuard<'static, Option<T>>,
    pub(super) guards: &'static Guards,
    pub(super) counted: Counted,
}

/// How a guard is counted.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    /// The generation in which it was made.
    generation: u32,
    /// Where its thread counts it.
    slot: Slot,
}

impl<T> Drop for CellGuard<T> {
    fn drop(&mut self) {
        self.guards.subtract(self.counted);
    }
}

impl<T> Deref for CellGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &*self.value {
            Some(value) => value,
            // A guard is only made of an existing value, and as long as it lives no thread can take
            // that out.
            None => unreachable!("the value of a guard is gone"),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for CellGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// Counts the guards that were made in the calling process, if that is a forked one: threads that
/// do not exist in it may hold the lock of a value that it inherited. Other processes do not need
/// the count. Its address identifies the cell.
pub(super) struct Guards {
    /// The generation in the upper half, the number in the lower one.
    counted: AtomicU64,
    /// The generation in which the value was put in.
    pub(super) put_in: AtomicU32,
}

impl Guards {
    pub(super) const fn new() -> Self {
        Self { counted: AtomicU64::new(0), put_in: AtomicU32::new(0) }
    }

    #[cold]
    fn change(&self, generation: u32, change: impl Fn(u32) -> u32) {
        let changed = |counted: u64| {
            Some((u64::from(generation) << 32) | u64::from(change(number(counted, generation))))
        };
        _ = self.counted.fetch_update(Ordering::AcqRel, Ordering::Acquire, changed);
    }

    /// Counts a new guard.
    #[inline]
    pub(super) fn add(&self, taken_at: TakenAt) -> Counted {
        let slot = borrows::borrow(address(self), taken_at);
        let generation = generation::current();
        if generation != 0 {
            self.change(generation, |number| number + 1);
        }
        Counted { generation, slot }
    }

    /// Undoes [`add`](Self::add).
    #[inline]
    fn subtract(&self, Counted { generation, slot }: Counted) {
        borrows::give_back(address(self), slot);
        // A guard of an earlier generation is not counted in this one.
        if generation != 0 && generation == generation::current() {
            self.change(generation, |number| number.saturating_sub(1));
        }
    }

    /// Whether all guards of the value belong to threads that the calling process did not inherit.
    pub(super) fn are_all_of_the_parent(&self) -> bool {
        let generation = generation::current();
        let is_inherited = self.put_in.load(Ordering::Acquire) != generation;
        is_inherited
            && number(self.counted.load(Ordering::Acquire), generation) == 0
            && !generation::survivor_borrowed()
    }
}

#[inline]
pub(super) fn address(guards: &Guards) -> usize {
    core::ptr::from_ref(guards).addr()
}

/// The number for a generation; 0 if the count is of another one.
fn number(counted: u64, generation: u32) -> u32 {
    if counted >> 32 == u64::from(generation) { counted as u32 } else { 0 }
}
