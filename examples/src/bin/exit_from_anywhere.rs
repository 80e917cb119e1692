//! Ends the process from a worker thread, and then from a handler that fails. The last status
//! holds.
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
    // Ends this handler, and the other handlers still run.
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
    // Never returns: the worker ends the process.
    _ = worker.join();
}
