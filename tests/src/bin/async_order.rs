//! Futures and functions that run concurrently and one after another. The program ends as the
//! argument names.

use exitmacro::{ExitContext, at_exit};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;
use tokio::time::sleep;

/// How many of the concurrent handlers have begun. None ends before all have.
static BEGUN: AtomicU32 = AtomicU32::new(0);
const ALL: u32 = 4;

async fn meet_the_others() {
    BEGUN.fetch_add(1, Ordering::Relaxed);
    while BEGUN.load(Ordering::Relaxed) < ALL {
        sleep(Duration::from_millis(1)).await;
    }
}

#[at_exit(priority = 1, concurrent)]
async fn one_of_the_futures() {
    meet_the_others().await;
}

#[at_exit(priority = 1, concurrent)]
async fn another_of_the_futures(exit: &ExitContext) {
    meet_the_others().await;
    assert!(!exit.is_abandoned());
}

#[at_exit(priority = 1, concurrent)]
async fn one_that_blocks_its_thread() {
    function_beside_them();
}

#[at_exit(priority = 1, concurrent)]
fn function_beside_them() {
    BEGUN.fetch_add(1, Ordering::Relaxed);
    while BEGUN.load(Ordering::Relaxed) < ALL {
        thread::yield_now();
    }
}

#[at_exit(
    after(
        one_of_the_futures,
        another_of_the_futures,
        one_that_blocks_its_thread,
        function_beside_them
    ),
    priority = 9
)]
async fn afterwards() {
    println!("{} met", BEGUN.load(Ordering::Relaxed));
}

#[at_exit(priority = -3)]
async fn first() {
    sleep(Duration::from_millis(1)).await;
    println!("first");
}

#[at_exit(priority = -2, after(first))]
fn second() {
    println!("second");
}

#[at_exit(priority = -1, after(second), before(fourth))]
async fn third() -> Result<(), String> {
    sleep(Duration::from_millis(1)).await;
    println!("third");
    Err("no luck".to_owned())
}

#[at_exit]
async fn fourth() {
    println!("fourth");
}

#[exitmacro::main]
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "return" => {}
        "std exit" => std::process::exit(0),
        "exit in a task" => {
            tokio::spawn(async { exitmacro::exit(0) }).await.expect("no task panics")
        }
        other => panic!("unknown exit path: {other}"),
    }
}
