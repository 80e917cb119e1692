//! Requests its own end, and waits for the request as the first argument names.

mod forked;

use exitmacro::{ExitContext, at_exit, shutdown};
use forked::{fork, wait_for};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(50);

#[at_exit]
fn say(exit: &ExitContext) {
    println!("{}, {:?}, requested: {}", exit.reason(), exit.code(), shutdown::is_requested());
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("threads") => threads(),
        Some("timeout") => timeout(),
        Some("current_thread") => in_tokio(&mut tokio::runtime::Builder::new_current_thread()),
        Some("multi_thread") => in_tokio(&mut tokio::runtime::Builder::new_multi_thread()),
        Some("block_on") => block_on_threads(),
        Some("dropped") => dropped(),
        Some("polled twice") => polled_twice(),
        Some("child") => child(),
        other => panic!("unknown case: {other:?}"),
    }
}

/// Threads that wait by every function, and a thread that requests the end.
fn threads() {
    println!("before: {}", shutdown::is_requested());
    let waiting: Vec<_> = (0..8)
        .map(|number| {
            thread::spawn(move || {
                if number % 2 == 0 {
                    shutdown::wait()
                } else {
                    assert!(shutdown::wait_timeout(LONG))
                }
            })
        })
        .collect();
    let looking = thread::spawn(|| {
        while !shutdown::is_requested() {
            thread::yield_now();
        }
    });
    thread::spawn(shutdown::request).join().expect("asking does not fail");
    shutdown::request();
    for thread in waiting.into_iter().chain([looking]) {
        thread.join().expect("waiting does not fail");
    }
    println!("all threads know, and nothing has run");
}

fn timeout() {
    let started = Instant::now();
    let asked = shutdown::wait_timeout(Duration::from_millis(50));
    println!("asked: {asked}, in time: {}", started.elapsed() >= Duration::from_millis(50));
    shutdown::request();
    let started = Instant::now();
    println!("asked: {}, at once: {}", shutdown::wait_timeout(LONG), started.elapsed() < LONG / 2);
    println!("also without waiting: {}", shutdown::wait_timeout(Duration::ZERO));
}

/// Tasks that wait, some of which lose a race against another future, and a task that requests the
/// end.
fn in_tokio(runtime: &mut tokio::runtime::Builder) {
    runtime.enable_time().build().expect("a runtime").block_on(async {
        let waiting: Vec<_> = (0..100).map(|_| tokio::spawn(shutdown::notified())).collect();
        let racing = tokio::spawn(async {
            tokio::select! {
                () = shutdown::notified() => "asked",
                () = tokio::time::sleep(Duration::from_millis(20)) => "not asked",
            }
        });
        println!("{}", racing.await.expect("the task ends"));
        tokio::task::spawn_blocking(shutdown::request).await.expect("asking does not fail");
        for task in waiting {
            task.await.expect("the task ends");
        }
        shutdown::notified().await;
        println!("all tasks know, and so does one that comes late");
    });
}

/// How often a future had to wait.
static WAITING: AtomicU32 = AtomicU32::new(0);

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The smallest executor.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => {
                WAITING.fetch_add(1, SeqCst);
                thread::park();
            }
        }
    }
}

fn block_on_threads() {
    let waiting: Vec<_> =
        (0..4).map(|_| thread::spawn(|| block_on(shutdown::notified()))).collect();
    while WAITING.load(SeqCst) < 4 {
        thread::yield_now();
    }
    shutdown::request();
    for thread in waiting {
        thread.join().expect("waiting does not fail");
    }
    block_on(shutdown::notified());
    println!("woken without any runtime");
}

/// Counts how often it is woken.
#[derive(Default)]
struct Counter(AtomicU32);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn poll_once(future: Pin<&mut shutdown::Notified>, counter: &Arc<Counter>) -> bool {
    let waker = Waker::from(Arc::clone(counter));
    future.poll(&mut Context::from_waker(&waker)).is_ready()
}

/// Dropped futures keep nothing: their tasks are not woken, and their wakers are dropped.
fn dropped() {
    let (gone, kept) = (Arc::new(Counter::default()), Arc::new(Counter::default()));
    let mut waits = Box::pin(shutdown::notified());
    assert!(!poll_once(waits.as_mut(), &kept));
    for _ in 0..100 {
        assert!(!poll_once(pin!(shutdown::notified()), &gone));
    }
    println!(
        "wakers that stay: {} and {}",
        Arc::strong_count(&gone) - 1,
        Arc::strong_count(&kept) - 1
    );
    shutdown::request();
    println!("woken: {} and {}", gone.0.load(SeqCst), kept.0.load(SeqCst));
    println!("ready: {}", poll_once(waits.as_mut(), &kept));
    drop(waits);
    println!(
        "wakers that stay: {} and {}",
        Arc::strong_count(&gone) - 1,
        Arc::strong_count(&kept) - 1
    );
}

/// A future that moves to another task wakes that task.
fn polled_twice() {
    let (first, second) = (Arc::new(Counter::default()), Arc::new(Counter::default()));
    let mut waits = Box::pin(shutdown::notified());
    assert!(!poll_once(waits.as_mut(), &first));
    assert!(!poll_once(waits.as_mut(), &second));
    println!(
        "wakers that stay: {} and {}",
        Arc::strong_count(&first) - 1,
        Arc::strong_count(&second) - 1
    );
    shutdown::request();
    println!("woken: {} and {}", first.0.load(SeqCst), second.0.load(SeqCst));
}

/// A forked child starts anew, and its own request does not reach the parent.
fn child() {
    shutdown::request();
    let Some(child) = fork() else {
        println!("child: {}", shutdown::is_requested());
        shutdown::request();
        println!("child: {}", shutdown::is_requested());
        // SAFETY: nothing is left to run.
        unsafe { libc::_exit(0) }
    };
    wait_for(child);
    println!("parent: {}", shutdown::is_requested());
}
