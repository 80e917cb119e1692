//! Polls a future on the calling thread, until it is ready or its time has expired.
//!
//! The time is that of the system: the timers of a runtime do not run when its threads are busy
//! with the end of the process.

use crate::handler::clock::Moment;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::Wake;

/// Wakes the thread that waits for a future. It needs no thread-local, unlike the parking of std:
/// those of an exiting thread are destroyed.
#[derive(Default)]
struct WakeUp {
    is_woken: Mutex<bool>,
    changed: Condvar,
}

impl Wake for WakeUp {
    fn wake(self: Arc<Self>) {
        *self.is_woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }
}

impl WakeUp {
    /// Waits for a wake-up, at most until `end`.
    fn wait(&self, end: Moment) {
        let is_woken = self.is_woken.lock().unwrap_or_else(PoisonError::into_inner);
        let left = end.since(Moment::now());
        let waited = self.changed.wait_timeout_while(is_woken, left, |is_woken| !*is_woken);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}

/// Polls on the calling thread. `None` when the future is not ready at `end`.
pub(super) fn until<F: Future>(mut future: Pin<&mut F>, end: Moment) -> Option<F::Output> {
    let wake_up = Arc::new(WakeUp::default());
    let waker = Waker::from(Arc::clone(&wake_up));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        if end <= Moment::now() {
            return None;
        }
        wake_up.wait(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::pin::pin;
    use core::time::Duration;
    use std::thread;

    fn soon(duration: Duration) -> Moment {
        Moment::now().plus(duration)
    }

    #[test]
    fn a_future_is_polled_until_it_is_ready() {
        let mut polls = 0;
        let future = core::future::poll_fn(|context| {
            polls += 1;
            context.waker().wake_by_ref();
            if polls < 3 { Poll::Pending } else { Poll::Ready("done") }
        });
        assert_eq!(until(pin!(future), Moment::NEVER), Some("done"));
    }

    #[test]
    fn another_thread_can_wake_it() {
        let mut helper = None;
        let future = core::future::poll_fn(|context| match helper.take() {
            None => {
                let waker = context.waker().clone();
                helper = Some(thread::spawn(move || waker.wake()));
                Poll::Pending
            }
            Some(thread) => Poll::Ready(thread.join().is_ok()),
        });
        assert_eq!(until(pin!(future), Moment::NEVER), Some(true));
    }

    #[test]
    fn a_future_is_abandoned_when_its_time_has_expired() {
        let end = soon(Duration::from_millis(100));
        let mut polls = 0;
        let never = core::future::poll_fn(|_| {
            polls += 1;
            Poll::<()>::Pending
        });
        assert_eq!(until(pin!(never), end), None);
        assert!(end <= Moment::now());
        assert!(polls < 10, "it was polled {polls} times, and nothing woke it");
    }
}
