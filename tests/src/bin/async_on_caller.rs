//! Async handlers that ask for the exiting thread. That thread may drive the runtime that the first
//! argument names. The program ends as the second argument names.

use exitmacro::{ExitContext, at_exit};
use std::future::poll_fn;
use std::io;
use std::sync::OnceLock;
use std::task::Poll;
use std::thread::{self, ThreadId};
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::runtime::{Builder, Handle, Id, Runtime};

static PROGRAMS: OnceLock<Id> = OnceLock::new();
static EXITING: OnceLock<ThreadId> = OnceLock::new();

fn whose_thread() -> &'static str {
    if Some(&thread::current().id()) == EXITING.get() {
        "the exiting thread"
    } else {
        "another thread"
    }
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
    let whose =
        if PROGRAMS.get() == Some(&Handle::current().id()) { "the program's" } else { "its own" };
    println!("with a runtime, {whose}, on {}", whose_thread());
    Ok(())
}

#[at_exit(name = "elsewhere")]
async fn elsewhere() {
    tokio::time::sleep(Duration::from_millis(1)).await;
    println!("elsewhere, on {}", whose_thread());
}

/// Whether a thread that drives a runtime for a handler is still there after the time that it may
/// take to end.
fn is_one_left() -> bool {
    let is_one = |name: &str| name.starts_with("exitmacro-runti");
    let look = || {
        let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        tasks
            .map(|task| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default())
            .any(|name| is_one(&name))
    };
    (0..5_000).all(|_| {
        thread::sleep(Duration::from_millis(1));
        look()
    })
}

fn end() {
    // Asking initialises a thread-local of tokio, which is destroyed when the handlers run at a
    // return.
    if std::env::args().nth(1).as_deref() != Some("none") {
        PROGRAMS.get_or_init(|| Handle::current().id());
    }
    EXITING.get_or_init(|| thread::current().id());
    match std::env::args().nth(2).unwrap_or_default().as_str() {
        "return" => {}
        "std exit" => std::process::exit(3),
        "exitmacro exit" => exitmacro::exit(3),
        "run" => println!(
            "success: {}, a thread is left: {}",
            exitmacro::run().is_success(),
            is_one_left()
        ),
        other => panic!("unknown exit path: {other}"),
    }
}

fn multi_thread(workers: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .expect("a runtime can be made")
}

fn main() {
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "none" => end(),
        "current_thread" => Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made")
            .block_on(async { end() }),
        "two workers" => multi_thread(2).block_on(async { end() }),
        "a worker of one" => multi_thread(1)
            .block_on(async { tokio::spawn(async { end() }).await.expect("no task panics") }),
        other => panic!("unknown runtime: {other}"),
    }
}
