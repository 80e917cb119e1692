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
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

// A function can be named in `after`, and may do more than the drop, such as a call of
// `exitmacro::report_to_stderr` with `report_to = tracing`. Otherwise an `AtExitCell` is shorter:
// see `keep_log_lines`.
static GUARD: Mutex<Option<WorkerGuard>> = Mutex::new(None);

// Below `TELEMETRY`, so that all other handlers can still log.
#[at_exit(priority = priority::TELEMETRY - 1)]
fn flush_log() {
    // Waits for about a second at most, whatever the timeout is: a longer backlog is lost, without
    // a message.
    drop(GUARD.lock().unwrap().take());
}

/// At most as many lines as the output takes in a second when the machine is busy. A thread that
/// logs more waits.
const BACKLOG: usize = 1000;

fn main() {
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(false)
        .buffered_lines_limit(BACKLOG)
        .finish(std::io::stdout());
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
