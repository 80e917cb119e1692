//! A value that lives in a static.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whether the handlers of this process find something to clean up.
///
/// Both kinds of children are one executable, so the handlers are linked into both and cannot be switched off from outside. Where they should not exist they find
/// nothing to take, which leaves each value to the fate that statics have in Rust: nobody drops it.
static CLEANS_UP: AtomicBool = AtomicBool::new(true);

pub(crate) fn leave_everything() {
    CLEANS_UP.store(false, Ordering::Relaxed);
}

pub(crate) fn cleans_up() -> bool {
    CLEANS_UP.load(Ordering::Relaxed)
}

/// There from some moment on until the process ends, or until an exit handler takes it out.
pub(crate) struct Kept<T>(Mutex<Option<T>>);

impl<T> Kept<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(crate) fn keep(&self, value: T) {
        *self.lock() = Some(value);
    }

    /// The value, for use. A panic elsewhere does not make it worse, so poison is ignored.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value, for good. Only exit handlers ask.
    pub(crate) fn take_at_exit(&self) -> Option<T> {
        cleans_up().then(|| self.lock().take()).flatten()
    }
}
