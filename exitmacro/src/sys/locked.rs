//! What a lock protects, while the calling thread has it.

use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, TryLockError, TryLockResult};

/// Like the guard of std, which rustc unlocks by some 30 instructions in each place that drops one.
/// Here one function does it, which never unwinds, so that its callers need no code for that.
pub(crate) struct Locked<T: 'static>(ManuallyDrop<MutexGuard<'static, T>>);

impl<T> Locked<T> {
    #[inline]
    pub(crate) fn new(guard: MutexGuard<'static, T>) -> Self {
        Self(ManuallyDrop::new(guard))
    }

    /// The guard that std's condition variables take.
    #[inline]
    pub(crate) fn into_guard(self) -> MutexGuard<'static, T> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not used again, not even dropped.
        unsafe { ManuallyDrop::take(&mut this.0) }
    }
}

impl<T> Deref for Locked<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Locked<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Drop for Locked<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: a value is dropped once, and not used afterwards.
        unlock(unsafe { ManuallyDrop::take(&mut self.0) });
    }
}

/// The guard that was tried to get; `None` where another thread has it. A lock that a panic has
/// poisoned is free.
#[inline]
pub(crate) fn if_free<G>(tried: TryLockResult<G>) -> Option<G> {
    match tried {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(guard)) => Some(guard.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// The guard of a lock that others hold for a moment only. Tries so often, because a forked child
/// may inherit it locked for ever.
pub(crate) fn if_soon_free<T>(lock: &Mutex<T>, tries: u32) -> Option<MutexGuard<'_, T>> {
    (0..tries).find_map(|_| {
        if_free(lock.try_lock()).or_else(|| {
            super::yield_now();
            None
        })
    })
}

#[expect(improper_ctypes_definitions, reason = "only this file calls it")]
// Cold so that it is not inlined. rustc shares generic functions that are never inlined with other
// crates, and refers to each instance by an address, which the loader writes before `main`.
#[cold]
extern "C" fn unlock<T>(guard: MutexGuard<'static, T>) {
    drop(guard);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poisoned_lock_is_free_and_a_held_one_is_not() {
        let lock = Mutex::new(1);
        std::thread::scope(|scope| {
            let poisoner = scope.spawn(|| {
                let _guard = lock.lock();
                std::panic::resume_unwind(Box::new(()));
            });
            assert!(poisoner.join().is_err());
        });
        let guard = if_free(lock.try_lock());
        assert!(lock.is_poisoned() && guard.as_deref() == Some(&1));
        assert!(if_free(lock.try_lock()).is_none() && if_soon_free(&lock, 3).is_none());
        drop(guard);
        assert!(if_soon_free(&lock, 3).is_some());
    }

    #[test]
    fn a_lock_is_free_when_its_guard_is_dropped_or_handed_over() {
        static NUMBER: Mutex<u32> = Mutex::new(1);
        let lock = || NUMBER.try_lock().ok().map(Locked::new);
        let mut number = lock().expect("it is free");
        *number += 1;
        assert!(lock().is_none());
        let guard = number.into_guard();
        assert!(lock().is_none() && *guard == 2);
        drop(guard);
        drop(lock().expect("it is free again"));
        assert!(lock().is_some_and(|number| *number == 2));
    }
}
