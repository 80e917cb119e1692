//! A cell whose value a future makes, one case an argument.

use exitmacro::{AtExitCell, AtExitCleanup, Tracked, track};
use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinSet, yield_now};

static MADE: AtomicU32 = AtomicU32::new(0);

struct Value(u32);

impl Value {
    async fn make() -> Self {
        let number = MADE.fetch_add(1, Relaxed) + 1;
        yield_now().await;
        Self(number)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        println!("value {} dropped", self.0);
    }
}

static CELL: AtExitCell<Value> = AtExitCell::empty();

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Closed;

impl Closed {
    async fn close(&self) {
        yield_now().await;
        println!("closed");
    }
}

static OF_TRACKED: AtExitCell<Tracked<Closed>> = AtExitCell::empty();

fn runtime(workers: usize) -> Runtime {
    let mut builder = match workers {
        0 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.worker_threads(workers.max(1)).build().expect("threads can be started")
}

/// The number of the value, which this makes if there is none.
async fn number() -> String {
    match CELL.get_or_init_async(Value::make).await {
        Ok(value) => value.0.to_string(),
        Err(error) => error.to_string(),
    }
}

/// Polls a future that makes the value once, and drops it.
async fn given_up() {
    poll_fn(|context| {
        drop(polled_once(context));
        Poll::Ready(())
    })
    .await;
}

/// A future that makes the value and never ends, or waits for another one that makes it.
fn polled_once(context: &mut Context<'_>) -> impl Future + use<> {
    let mut future = Box::pin(CELL.get_or_init_async(pending));
    assert!(future.as_mut().poll(context).is_pending(), "it waits");
    future
}

/// Wakes nothing.
struct Idle;

impl Wake for Idle {
    fn wake(self: Arc<Self>) {}
}

async fn case(case: &str) {
    match case {
        "many tasks" => {
            let mut tasks = JoinSet::new();
            (0..50).for_each(|_| drop(tasks.spawn(number())));
            println!("{}", tasks.join_all().await.iter().all(|number| number == "1"));
        }
        "given up" => {
            given_up().await;
            println!("{}", number().await);
        }
        "waits, given up" => {
            let first = CELL.get_or_init_async(async || pending().await);
            let first = tokio::spawn(async { drop(first.await) });
            yield_now().await;
            let second = tokio::spawn(number());
            yield_now().await;
            first.abort();
            println!("{}", second.await.expect("it does not panic"));
        }
        "waiters give up" => {
            let first = polled_once(&mut Context::from_waker(Waker::noop()));
            let second = tokio::spawn(number());
            yield_now().await;
            let idle = Arc::new(Idle);
            for _ in 0..100 {
                let waker = Waker::from(Arc::clone(&idle));
                drop(polled_once(&mut Context::from_waker(&waker)));
            }
            println!("{} left", Arc::strong_count(&idle) - 1);
            drop(first);
            println!("{}", second.await.expect("it does not panic"));
        }
        "fails" => {
            let failed = CELL.try_get_or_init_async(async || Err::<Value, _>("no luck")).await;
            println!("{}", failed.err().expect("as asked"));
            println!("{}", number().await);
        }
        "panics" => {
            let panics = CELL.get_or_init_async(async || panic!("bad luck"));
            let panics = tokio::spawn(async { drop(panics.await) });
            println!("{}", panics.await.is_err());
            println!("{}", number().await);
        }
        "a thread meanwhile" => {
            let slow = CELL.get_or_init_async(async || {
                let value = Value::make().await;
                while CELL.get().is_err() {
                    yield_now().await;
                }
                value
            });
            let slow = tokio::spawn(async { slow.await.map(|value| value.0) });
            while MADE.load(Relaxed) == 0 {
                yield_now().await;
            }
            let quick = CELL.get_or_init(|| Value(7)).map(|value| value.0);
            println!("{quick:?}, {:?}", slow.await.expect("it does not panic"));
        }
        "exit meanwhile" => {
            let first = CELL.get_or_init_async(async || pending().await);
            drop(tokio::spawn(async { drop(first.await) }));
            yield_now().await;
            std::process::exit(3);
        }
        "after the run" => {
            _ = exitmacro::run();
            println!("{}", number().await);
        }
        "of a value that is closed by a future" => {
            let value = OF_TRACKED.get_or_init_async(async || track(Closed)).await;
            println!("{}", value.is_ok());
        }
        other => panic!("unknown case: {other}"),
    }
}

fn main() {
    let workers = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let name = std::env::args().nth(2).unwrap_or_default();
    runtime(workers).block_on(case(&name));
}
