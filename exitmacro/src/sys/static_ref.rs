//! A place for a reference to a static, which is read and set without a lock.

use core::sync::atomic::{AtomicPtr, Ordering};

/// Not a `OnceLock`: a child that is forked while another thread sets one waits for that thread for
/// ever.
pub(crate) struct StaticRef<T: 'static>(AtomicPtr<T>);

impl<T: Sync> StaticRef<T> {
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(core::ptr::null_mut()))
    }

    /// Async-signal-safe.
    pub(crate) fn get(&self) -> Option<&'static T> {
        // SAFETY: the pointer is null or comes from the reference passed to `set`, which lives for
        // ever; no code writes through it.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    pub(crate) fn set(&self, to: &'static T) {
        self.0.store(core::ptr::from_ref(to).cast_mut(), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_last_is_found() {
        static NUMBERS: [u8; 2] = [1, 2];
        let place = StaticRef::new();
        assert_eq!(place.get(), None);
        for number in &NUMBERS {
            place.set(number);
            assert_eq!(place.get(), Some(number));
        }
    }
}
