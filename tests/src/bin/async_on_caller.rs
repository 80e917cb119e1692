//! Async handlers that ask for the exiting thread. That one may be at work for the runtime that the first argument names; the program ends as the second one says.

use exitmacro::{ExitContext, at_exit};
use std::future::poll_fn;
use std::io;
use std::sync::OnceLock;
use std::task::Poll;
use std::thread::{self, ThreadId};
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::runtime::{Builder, Runtime};

static EXITING: OnceLock<ThreadId> = OnceLock::new();

fn whose_thread() -> &'static str {
    if Some(&thread::current().id()) == EXITING.get() { "the exiting thread" } else { "another thread" }
}

#[at_exit(priority = 2, thread = caller, name = "without a runtime")]
async fn needs_no_runtime(exit: &ExitContext) {
    let mut polls = 0;
    poll_fn(|context| {
        polls += 1;
        context.waker().wake_by_ref();
        if polls < 3 { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    println!("without a runtime, on {}: {:?}", whose_thread(), exit.code());
}

#[at_exit(priority = 1, thread = caller, timeout = "2s", name = "with a runtime")]
async fn needs_a_runtime() -> io::Result<()> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    let (one, other) = UnixStream::pair()?;
    let said = tokio::spawn(async move {
        one.writable().await?;
        one.try_write(b"x")
    });
    other.readable().await?;
    other.try_read(&mut [0])?;
    said.await??;
    println!("with a runtime, on {}", whose_thread());
    Ok(())
}

#[at_exit(name = "elsewhere")]
async fn elsewhere() {
    tokio::time::sleep(Duration::from_millis(1)).await;
    println!("elsewhere, on {}", whose_thread());
}

fn end() {
    EXITING.get_or_init(|| thread::current().id());
    match std::env::args().nth(2).unwrap_or_default().as_str() {
        "return" => {}
        "std exit" => std::process::exit(3),
        "exitmacro exit" => exitmacro::exit(3),
        "run" => println!("success: {}", exitmacro::run().is_success()),
        other => panic!("unknown way out: {other}"),
    }
}

fn multi_thread(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).enable_all().build().expect("a runtime can be made")
}

fn main() {
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "none" => end(),
        "current_thread" => Builder::new_current_thread().enable_all().build().expect("a runtime can be made").block_on(async { end() }),
        "two workers" => multi_thread(2).block_on(async { end() }),
        "a worker of one" => multi_thread(1).block_on(async { tokio::spawn(async { end() }).await.expect("no task panics") }),
        other => panic!("unknown runtime: {other}"),
    }
}
