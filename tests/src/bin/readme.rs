//! The program of README.md, word for word, and nothing else.

use exitmacro::{at_exit, priority};

#[at_exit(priority = priority::RESOURCES, timeout = "5s")]
fn close_database() -> std::io::Result<()> {
    Err(std::io::Error::other("disk full"))
}

#[at_exit(priority = priority::TELEMETRY)]
fn flush_metrics() {
    println!("metrics are flushed");
}

#[exitmacro::main(signals)] // Optional: the handlers also run at Ctrl-C and SIGTERM.
fn main() {
    println!("working");
    std::process::exit(0); // Both handlers run; no call registers them.
}
