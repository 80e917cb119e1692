//! A value that a worker thread hands over once, to the thread that waits for it.
//!
//! Not a channel of std: that leaves a thread-local to be dropped on the receiving thread, which
//! would keep a shared object mapped as long as that thread lives. Nor its `wait_timeout_while`,
//! which contains code that panics.

use crate::handler::clock::Moment;
use core::time::Duration;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The place of the value.
pub(crate) struct OneShot<T> {
    value: Mutex<Option<T>>,
    is_there: Condvar,
}

impl<T> OneShot<T> {
    pub(crate) const fn new() -> Self {
        Self { value: Mutex::new(None), is_there: Condvar::new() }
    }

    pub(crate) fn send(&self, value: T) {
        *self.lock() = Some(value);
        self.is_there.notify_all();
    }

    /// Waits for the value. For a thread that knows that it comes soon.
    pub(crate) fn receive(&self) -> Option<T> {
        self.receive_until(Moment::NEVER)
    }

    /// The same, but waits at most for `timeout`.
    pub(crate) fn receive_within(&self, timeout: Duration) -> Option<T> {
        self.receive_until(Moment::now().plus(timeout))
    }

    fn receive_until(&self, end: Moment) -> Option<T> {
        let mut value = self.lock();
        let mut now = Moment::now();
        while value.is_none() && now < end {
            let waited = self.is_there.wait_timeout(value, end.since(now));
            value = waited.unwrap_or_else(PoisonError::into_inner).0;
            now = Moment::now();
        }
        value.take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_received_once() {
        let place = OneShot::new();
        std::thread::scope(|scope| {
            scope.spawn(|| place.send(7));
            assert_eq!(place.receive(), Some(7));
        });
        assert_eq!(place.receive_within(Duration::ZERO), None);
    }

    #[test]
    fn a_value_that_does_not_come_is_waited_for_as_long_as_asked() {
        const TIME: Duration = Duration::from_millis(20);
        let start = Moment::now();
        assert_eq!(OneShot::<()>::new().receive_within(TIME), None);
        assert!(Moment::now().since(start) >= TIME);
    }
}
