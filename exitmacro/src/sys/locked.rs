//! What a lock protects, while the calling thread has it.

use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use std::sync::MutexGuard;

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

#[expect(improper_ctypes_definitions, reason = "only this file calls it")]
#[inline(never)]
extern "C" fn unlock<T>(guard: MutexGuard<'static, T>) {
    drop(guard);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

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
