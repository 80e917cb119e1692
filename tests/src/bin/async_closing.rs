//! Tracked values that are closed by an `async fn`, one case an argument.

use exitmacro::{AtExitCleanup, Handler, Tracked, at_exit, priority, track};
use std::future::{pending, poll_fn};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::task::Poll;
use std::thread;
use tokio::runtime::{self, Builder, Handle, Runtime};
use tokio::sync::Notify;

static BEGUN: AtomicU32 = AtomicU32::new(0);
/// The runtime in which a value was tracked.
static TRACKED_IN: OnceLock<runtime::Id> = OnceLock::new();
static GO_ON: Notify = Notify::const_new();

/// Awaits what its field says.
#[derive(AtExitCleanup)]
#[cleanup(with = close, discard = discard, name = "value", timeout = "2s")]
struct Value(&'static str);

impl Value {
    async fn close(&self) -> Result<(), String> {
        let begun = BEGUN.fetch_add(1, Relaxed);
        println!("closing on {}", thread::current().name().unwrap_or("no name"));
        match self.0 {
            "waits" => GO_ON.notified().await,
            "hangs" => pending().await,
            "hangs once" if begun == 0 => pending().await,
            "in the same runtime" => {
                let is_same = Some(Handle::current().id()) == TRACKED_IN.get().copied();
                println!("in the runtime in which it was tracked: {is_same}");
            }
            "exits" => exitmacro::exit(4),
            "fails" => return Err("no luck".to_owned()),
            "panics" => panic!("bad luck"),
            _ => tokio::task::yield_now().await,
        }
        println!("closed");
        Ok(())
    }

    fn discard(&self) {
        println!("discarded");
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = close, name = "short", timeout = "50ms")]
struct Short;

impl Short {
    async fn close(&self) {
        pending::<()>().await;
    }
}

/// Ends the process when it is closed, without a future.
#[derive(AtExitCleanup)]
#[cleanup(with = close, name = "exits")]
struct Exits;

impl Exits {
    fn close(&self) {
        exitmacro::exit(4);
    }
}

/// A value of several parts, all of which are tried.
#[derive(AtExitCleanup)]
#[cleanup(name = "parts")]
enum Parts {
    Many { one: Value, others: [Box<Value>; 2], quick: Option<Quick> },
}

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Quick;

impl Quick {
    fn close(&self) {
        println!("closed at once");
    }
}

#[at_exit(priority = priority::TERMINAL)]
fn go_on() {
    if IS_TOLD.load(Relaxed) {
        println!("go on");
        GO_ON.notify_one();
    }
}

static IS_TOLD: AtomicBool = AtomicBool::new(false);

fn runtime(workers: usize) -> Runtime {
    let mut builder = match workers {
        0 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.worker_threads(workers.max(1)).enable_all().build().expect("threads can be started")
}

/// Until `close` was called so often.
async fn begun(times: u32) {
    while BEGUN.load(Relaxed) < times {
        tokio::task::yield_now().await;
    }
}

/// Polls a future once, and drops it, unless it is borrowed.
async fn polled_once(future: impl Future) {
    let mut future = std::pin::pin!(future);
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending(), "it waits");
        Poll::Ready(())
    })
    .await;
}

fn main() {
    let case = std::env::args().nth(1).unwrap_or_default();
    match case.as_str() {
        "exit while a task closes it" => runtime(2).block_on(async {
            drop(track(Value("waits")));
            begun(1).await;
            IS_TOLD.store(true, Relaxed);
            std::process::exit(3)
        }),
        "exit while a blocked task closes it" => runtime(0).block_on(async {
            drop(track(Value("hangs")));
            begun(1).await;
            std::process::exit(3)
        }),
        "exit before a blocked task closes it" => runtime(0).block_on(async {
            drop(track(Value("")));
            std::process::exit(3)
        }),
        "exit while it is kept" => runtime(1).block_on(async {
            TRACKED_IN.get_or_init(|| Handle::current().id());
            std::mem::forget(track(Value("in the same runtime")));
            std::process::exit(3)
        }),
        "the runtime of the task ends" => runtime(1).block_on(async {
            drop(track(Value("hangs once")));
            begun(1).await;
        }),
        "close_async is dropped" => runtime(0).block_on(async {
            polled_once(Tracked::close_async(track(Value("hangs once")))).await;
            println!("given up");
            begun(2).await;
            tokio::task::yield_now().await;
        }),
        "a panic beside close_async" => runtime(0).block_on(async {
            let panics = async {
                tokio::task::yield_now().await;
                panic!("main panics");
            };
            _ = tokio::join!(Tracked::close_async(track(Value("hangs once"))), panics);
        }),
        "a panic while a task closes it" => runtime(0).block_on(async {
            drop(track(Value("hangs once")));
            begun(1).await;
            panic!("main panics");
        }),
        "exit while close_async is pending" => runtime(0).block_on(async {
            let value = track(Value("hangs"));
            let other = Tracked::clone(&value);
            let mut closing = std::pin::pin!(Tracked::close_async(value));
            polled_once(closing.as_mut()).await;
            Tracked::close_async(other).await.expect("it is about to be closed");
            std::process::exit(3)
        }),
        "close_async exits" => runtime(0).block_on(async {
            _ = Tracked::close_async(track(Value("exits"))).await;
        }),
        "close_async exits without a future" => runtime(0).block_on(async {
            _ = Tracked::close_async(track(Exits)).await;
        }),
        "a task exits" => runtime(2).block_on(async {
            drop(track(Value("exits")));
            pending().await
        }),
        "close exits" => runtime(0).block_on(async {
            _ = Tracked::close(track(Value("exits")));
        }),
        "close_async fails" => runtime(0).block_on(async {
            let value = track(Value("fails"));
            let other = Tracked::clone(&value);
            println!("{}", Tracked::close_async(value).await.expect_err("as asked"));
            Tracked::close_async(other).await.expect("it is closed");
        }),
        "a task fails" => runtime(0).block_on(async {
            drop(track(Value("fails")));
            begun(1).await;
        }),
        "a task panics" => runtime(0).block_on(async {
            drop(track(Value("panics")));
            begun(1).await;
        }),
        "close" => {
            Tracked::close(track(Value(""))).expect("it closes well");
            runtime(0).block_on(async {
                Tracked::close(track(Value(""))).expect("it closes well");
            });
        }
        "close hangs" => {
            let error = Tracked::close(track(Short)).expect_err("its timeout expires");
            println!("{error}");
        }
        "drop outside" => drop(track(Value(""))),
        "drop outside fails" => drop(track(Value("fails"))),
        "drop outside hangs" => drop(track(Short)),
        "drop in a handler" => {
            let runtime = runtime(1);
            exitmacro::tokio::use_runtime(&runtime);
            let value = track(Value(""));
            Handler::new("drops").priority(1).register(move || drop(value)).expect("in time");
            _ = exitmacro::run();
            drop(runtime);
        }
        "drop after the run" => {
            _ = exitmacro::run();
            drop(track(Value("")));
        }
        "the runtime ends after the run" => {
            _ = exitmacro::run();
            for how in ["", "fails", "panics"] {
                runtime(0).block_on(async { drop(track(Value(how))) });
            }
        }
        "parts" => {
            let others = [Box::new(Value("fails")), Box::new(Value(""))];
            let parts = Parts::Many { one: Value("panics"), others, quick: Some(Quick) };
            std::mem::forget(track(parts));
        }
        "forked" => {
            let value = track(Value(""));
            // SAFETY: the child does what a child may do: values keep their locks whole around a
            // fork.
            if unsafe { libc::fork() } == 0 {
                runtime(0).block_on(async { drop(value) });
                exitmacro::exit(4);
            }
            // SAFETY: no status is asked for.
            unsafe { libc::wait(std::ptr::null_mut()) };
        }
        "forked before the task begins" => {
            _ = exitmacro::run();
            let runtime = runtime(0);
            runtime.block_on(async { drop(track(Value(""))) });
            // SAFETY: as above.
            if unsafe { libc::fork() } == 0 {
                drop(runtime);
                std::process::exit(4);
            }
            // SAFETY: as above.
            unsafe { libc::wait(std::ptr::null_mut()) };
            drop(runtime);
        }
        other => panic!("unknown case: {other}"),
    }
}
