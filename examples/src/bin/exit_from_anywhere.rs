//! Ends the process from a worker thread, and from a handler that finds out that all was in vain.
//! The last status wins.
//!
//! Output:
//! ```text
//! worker: giving up
//! flush: failed, asking for status 4
//! goodbye, status Some(4)
//! ```
//! Status: 4

use exitmacro::{ExitContext, at_exit};
use std::thread;

#[at_exit(priority = 10)]
fn flush() {
    println!("flush: failed, asking for status 4");
    // Ends this handler, not the run.
    exitmacro::exit(4);
}

#[at_exit]
fn say_goodbye(exit: &ExitContext) {
    println!("goodbye, status {:?}", exit.code());
}

fn main() {
    let worker = thread::spawn(|| {
        println!("worker: giving up");
        exitmacro::exit(3);
    });
    // Never comes back: the worker ends the process.
    _ = worker.join();
}
