//! A runtime that makes the values and runs on while `main`, outside of it, drops them or ends the
//! process.

mod body;

use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a thread starts")
});

fn main() -> Result<std::process::ExitCode, String> {
    let held = RUNTIME.block_on(body::begin()).expect("the server listens");
    // Not in the runtime. Only for a signal it is not ready at once.
    let mut end = pin!(body::end(held));
    loop {
        if let Poll::Ready(end) = end.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return end;
        }
        std::thread::park();
    }
}
