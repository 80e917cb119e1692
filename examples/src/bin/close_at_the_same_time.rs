//! Handlers with `concurrent` run at the same time. Each of the two below waits until the other has
//! begun, which would never happen if they ran one after the other.
//!
//! Output:
//! ```text
//! exiting
//! both closed, at the same time
//! ```
//! Status: 0

use exitmacro::at_exit;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};

static BOTH: Barrier = Barrier::new(2);

static CLOSED: AtomicU32 = AtomicU32::new(0);

#[at_exit(priority = 10, concurrent, timeout = "5s")]
fn close_database() {
    BOTH.wait();
    CLOSED.fetch_add(1, Ordering::Relaxed);
}

#[at_exit(priority = 10, concurrent, timeout = "5s")]
fn close_cache() {
    BOTH.wait();
    CLOSED.fetch_add(1, Ordering::Relaxed);
}

#[at_exit(after(close_database, close_cache))]
fn say_so() {
    assert_eq!(CLOSED.load(Ordering::Relaxed), 2);
    println!("both closed, at the same time");
}

fn main() {
    println!("exiting");
}
