//! Handlers have a time limit. A handler that asks for the remaining time stops in time. A handler
//! that hangs is abandoned, and the others run.
//!
//! Below, a line that ends with `\` continues on the next one.
//!
//! Output:
//! ```text
//! stopped in time
//! temporary files removed
//! ```
//! Errors:
//! ```text
//! exitmacro: handler `deadline::wait_for_peer` (examples/src/bin/deadline.rs:32) timed out after \
//!     100.1ms and was abandoned: its timeout is 100ms
//! ```
//! Status: 0

use exitmacro::{ExitContext, at_exit};
use std::thread;
use std::time::Duration;

#[at_exit(priority = 30, timeout = "1s")]
fn send_metrics(exit: &ExitContext) {
    // There is always more to send.
    while exit.remaining() > Duration::from_millis(900) {
        thread::sleep(Duration::from_millis(10));
    }
    println!("stopped in time");
}

#[at_exit(priority = 20, timeout = "100ms")]
fn wait_for_peer() {
    // The answer never arrives.
    thread::sleep(Duration::from_secs(60));
}

#[at_exit(priority = 10)]
fn remove_temp_files() {
    println!("temporary files removed");
}

fn main() {}
