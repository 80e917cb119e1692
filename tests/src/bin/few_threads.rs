//! Concurrent handlers in a program that configures how many may run at once.

use exitmacro::{Handler, at_exit};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};

static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[at_exit(priority = -1)]
fn report() {
    println!("at most {} at the same time", MOST.load(SeqCst));
}

#[exitmacro::main(threads = 3)]
fn main() {
    let barrier = Arc::new(Barrier::new(3));
    for _ in 0..30 {
        let barrier = Arc::clone(&barrier);
        let meet = move || {
            MOST.fetch_max(RUNNING.fetch_add(1, SeqCst) + 1, SeqCst);
            barrier.wait();
            RUNNING.fetch_sub(1, SeqCst);
        };
        Handler::new("meets").concurrent().register(meet).expect("the run has not begun");
    }
}
