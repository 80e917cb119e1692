//! Flushes a log that a background thread writes. `process::exit` does not drop the guard that
//! waits for the thread, but the handler does.
//!
//! Output:
//! ```text
//!  INFO stored order=1
//!  INFO stored order=2
//!  INFO stored order=3
//! ```
//! Status: 2

use exitmacro::{at_exit, priority};
use std::sync::Mutex;
use tracing_appender::non_blocking::WorkerGuard;

static GUARD: Mutex<Option<WorkerGuard>> = Mutex::new(None);

// Last of all, so that the other handlers can still log.
#[at_exit(priority = priority::TELEMETRY)]
fn flush_log() {
    // Waits for about a second at most, whatever the timeout is: a longer backlog is lost.
    drop(GUARD.lock().unwrap().take());
}

fn main() {
    let (writer, guard) = tracing_appender::non_blocking(std::io::stdout());
    *GUARD.lock().unwrap() = Some(guard);
    tracing_subscriber::fmt()
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .with_writer(writer)
        .init();

    for order in 1..=3 {
        tracing::info!(order, "stored");
    }
    std::process::exit(2);
}
