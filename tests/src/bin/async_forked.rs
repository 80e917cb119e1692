//! Forks while its runtime is at work, and busy if the second argument says so. The child, in which
//! no thread of that runtime is left, ends as the first argument says, and the parent returns.

mod forked;

use exitmacro::at_exit;
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;

fn who() -> &'static str {
    if forked::generation() == 0 { "parent" } else { "child" }
}

#[at_exit(priority = 1, fork = inherit, name = "inherited")]
async fn inherited() {
    tokio::time::sleep(Duration::from_millis(1)).await;
    let said = tokio::spawn(async { who() }).await;
    println!("inherited, in the {}", said.expect("no task panics"));
}

#[at_exit(name = "the parent's")]
async fn the_parents() {
    tokio::time::sleep(Duration::from_millis(1)).await;
    println!("not inherited, in the {}", who());
}

#[exitmacro::main]
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let is_busy = std::env::args().nth(2).is_some();
    if is_busy {
        for _ in 0..2 {
            let runtime = Handle::current();
            thread::spawn(move || {
                loop {
                    (0..100).for_each(|_| drop(runtime.spawn(async {})));
                    runtime
                        .block_on(async { tokio::spawn(async {}).await })
                        .expect("no task panics");
                }
            });
        }
    }
    for _ in 0..if is_busy { 20 } else { 1 } {
        match forked::fork() {
            Some(child) => println!("the child ended with {}", forked::wait_for(child)),
            None => end(),
        }
    }
    if is_busy {
        // Not by the end of a runtime that has so much to do.
        exitmacro::exit(0);
    }
}

fn end() -> ! {
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "std exit" => std::process::exit(3),
        "exitmacro exit" => exitmacro::exit(3),
        other => panic!("unknown way out: {other}"),
    }
}
