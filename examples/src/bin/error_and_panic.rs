//! A handler that fails is reported with its name, its location and the time it took. The others
//! run, and the exit status does not change.
//!
//! Below, a line that ends with `\` continues on the next one.
//!
//! Output:
//! ```text
//! connections closed
//! ```
//! Errors:
//! ```text
//! exitmacro: handler `error_and_panic::save_history` (examples/src/bin/error_and_panic.rs:25) \
//!     failed after 2.3µs: disk full
//! thread 'exitmacro' panicked at examples/src/bin/error_and_panic.rs:31:5:
//! the index is broken
//! note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
//! exitmacro: handler `write the index` (examples/src/bin/error_and_panic.rs:30) panicked after \
//!     98.1µs: the index is broken
//! ```
//! Status: 0

use exitmacro::at_exit;

#[at_exit(priority = 30)]
fn save_history() -> Result<(), String> {
    Err("disk full".to_owned())
}

#[at_exit(priority = 20, name = "write the index")]
fn write_index() {
    panic!("the index is broken");
}

#[at_exit(priority = 10)]
fn close_connections() {
    println!("connections closed");
}

fn main() {}
