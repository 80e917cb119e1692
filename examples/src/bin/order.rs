//! The order of handlers: the higher priority runs first. In one priority, registered handlers run
//! first, the newest first, then declared ones, the later line first.
//!
//! Output:
//! ```text
//! resources + 1
//! registered, second
//! registered, first
//! declared, later line
//! declared
//! telemetry
//! ```

use exitmacro::{RegisterError, at_exit, priority, register};

#[at_exit]
fn declared() {
    println!("declared");
}

#[at_exit]
fn declared_later() {
    println!("declared, later line");
}

#[at_exit(priority = priority::TELEMETRY)]
fn telemetry() {
    println!("telemetry");
}

#[at_exit(priority = priority::RESOURCES + 1)]
fn before_resources() {
    println!("resources + 1");
}

fn main() -> Result<(), RegisterError> {
    register(|| println!("registered, first"))?;
    register(|| println!("registered, second"))?;
    Ok(())
}
