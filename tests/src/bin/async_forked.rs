//! Forks while its runtime works, with many tasks if the second argument is given. The child has
//! none of the threads of that runtime. It ends as the first argument names, and the parent
//! returns.

mod forked;

use exitmacro::at_exit;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;

const WORKERS: usize = 2;

/// Those that give the workers tasks.
const THREADS: usize = 2;

fn process() -> &'static str {
    if forked::generation() == 0 { "parent" } else { "child" }
}

#[at_exit(priority = 1, fork = inherit, name = "inherited")]
async fn inherited() {
    tokio::time::sleep(Duration::from_millis(1)).await;
    let said = tokio::spawn(async { process() }).await;
    println!("inherited, in the {}", said.expect("no task panics"));
}

#[at_exit(name = "the parent's")]
async fn the_parents() {
    tokio::time::sleep(Duration::from_millis(1)).await;
    println!("not inherited, in the {}", process());
}

#[exitmacro::main]
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let is_busy = std::env::args().nth(2).is_some();
    if is_busy {
        start_working();
    }
    for _ in 0..if is_busy { 20 } else { 1 } {
        match forked::fork() {
            Some(child) => println!("the child ended with {}", forked::wait_for(child)),
            None => end(),
        }
    }
    if is_busy {
        // Not by dropping the runtime, which would wait for its many tasks.
        exitmacro::exit(0);
    }
}

/// Keeps the runtime busy, by threads that have all started: one that starts has a lock of std for
/// a moment, for which a child that calls std's `exit` would wait for ever.
fn start_working() {
    let metrics = Handle::current().metrics();
    while (0..WORKERS).any(|worker| metrics.worker_park_count(worker) == 0) {
        thread::yield_now();
    }
    let started = Arc::new(Barrier::new(THREADS + 1));
    for _ in 0..THREADS {
        let (runtime, started) = (Handle::current(), Arc::clone(&started));
        thread::spawn(move || {
            started.wait();
            loop {
                (0..100).for_each(|_| drop(runtime.spawn(async {})));
                runtime.block_on(async { tokio::spawn(async {}).await }).expect("no task panics");
            }
        });
    }
    started.wait();
}

fn end() -> ! {
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "std exit" => std::process::exit(3),
        "exitmacro exit" => exitmacro::exit(3),
        other => panic!("unknown exit path: {other}"),
    }
}
