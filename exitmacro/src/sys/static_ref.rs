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

    /// Sets it, unless it was set before; then returns to what.
    pub(crate) fn set_first(&self, to: &'static T) -> Option<&'static T> {
        let to = unknown(to);
        let nothing = core::ptr::null_mut();
        match self.0.compare_exchange(nothing, to, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => None,
            // SAFETY: as in `get`.
            Err(found) => unsafe { found.as_ref() },
        }
    }

    pub(crate) fn set(&self, to: &'static T) {
        self.0.store(unknown(to), Ordering::Release);
    }
}

/// A pointer of which the compiler knows nothing. Where the compiler sees that a static only ever
/// points to one other static, it replaces the pointer by the address of that other static. A
/// program that never sets the pointer would then contain everything that the other static refers
/// to.
#[inline]
fn unknown<T>(to: &'static T) -> *mut T {
    core::hint::black_box(core::ptr::from_ref(to).cast_mut())
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
        let first = StaticRef::new();
        let [one, two] = &NUMBERS;
        assert_eq!((first.set_first(one), first.set_first(two)), (None, Some(one)));
        assert_eq!(first.get(), Some(one));
    }
}
