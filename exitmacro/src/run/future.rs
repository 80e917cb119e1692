//! Executes `async fn` handlers, on the thread it is called on.

use crate::handler::context::ExitContext;
use crate::handler::{HandlerResult, Returned};
use core::task::{Context, Poll, Waker};
use std::pin::pin;
use std::sync::Arc;
use std::task::Wake;
use std::thread::{self, Thread};

/// Wakes the thread that waits for a future.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Drives the future of a handler to its end.
pub fn driven<F: Future<Output: HandlerResult>>(future: F, _exit: &ExitContext) -> Returned {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return result.into_returned();
        }
        thread::park();
    }
}
