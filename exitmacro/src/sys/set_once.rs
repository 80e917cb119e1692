//! A place that is set once, where no thread ever waits for another one.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU8, Ordering};

/// Like a `OnceLock`, but safe around `fork`: if another thread sets a `OnceLock` at that moment,
/// the child would wait for that thread for ever. Here the place stays as it is then.
pub(crate) struct SetOnce<T> {
    state: AtomicU8,
    value: UnsafeCell<MaybeUninit<T>>,
}

/// The result of an attempt to set a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    Set,
    WasSet,
    /// Another thread is about to set it, perhaps one that exists in the parent process only.
    Underway,
}

const EMPTY: u8 = 0;
const UNDERWAY: u8 = 1;
const SET: u8 = 2;

impl<T: Copy> SetOnce<T> {
    pub(crate) const fn new() -> Self {
        Self { state: AtomicU8::new(EMPTY), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// Async-signal-safe.
    pub(crate) fn get(&self) -> Option<&T> {
        // SAFETY: in that state, the value is written, and is never written again.
        (self.state.load(Ordering::Acquire) == SET)
            .then(|| unsafe { (*self.value.get()).assume_init_ref() })
    }

    pub(crate) fn set(&self, value: T) -> Attempt {
        match self.state.compare_exchange(EMPTY, UNDERWAY, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => {
                // SAFETY: only one thread ever changes the state from `EMPTY`, and no thread reads
                // the value before the state is `SET`.
                unsafe { (*self.value.get()).write(value) };
                self.state.store(SET, Ordering::Release);
                Attempt::Set
            }
            Err(SET) => Attempt::WasSet,
            Err(_) => Attempt::Underway,
        }
    }
}

// SAFETY: one thread writes the value, before other threads can reach it, and they only get shared
// references to it.
unsafe impl<T: Send + Sync> Sync for SetOnce<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_set_once_and_never_waited_for() {
        let place = SetOnce::new();
        assert_eq!(
            (place.get(), place.set(1), place.set(2), place.get()),
            (None, Attempt::Set, Attempt::WasSet, Some(&1))
        );
        let of_another_thread = SetOnce::new();
        of_another_thread.state.store(UNDERWAY, Ordering::Relaxed);
        assert_eq!((of_another_thread.set(1), of_another_thread.get()), (Attempt::Underway, None));
    }
}
