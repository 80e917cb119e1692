//! Writes 1,000 lines to a log that a background thread writes to a file. Its guard lives in a
//! cell. Dropping the guard waits for the thread, for at most a second. A program whose disk needs
//! longer for its backlog limits that: see `flush_log`.
//!
//! Output:
//! ```text
//! logged 1000 lines
//! in the file: 1000
//! ```

use exitmacro::{AtExitCell, at_exit, priority};
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;
use tracing_appender::non_blocking::WorkerGuard;

// Before the folder of the log is removed. A log whose folder stays is closed last, so that the
// other handlers can still log: with `priority::TELEMETRY - 1`.
static GUARD: AtExitCell<WorkerGuard> =
    AtExitCell::empty().priority(priority::FILES + 2).name("log");

static LOG: OnceLock<PathBuf> = OnceLock::new();

// Runs next.
#[at_exit(priority = priority::FILES + 1)]
fn count_lines() -> io::Result<()> {
    let Some(log) = LOG.get() else { return Ok(()) };
    println!("in the file: {}", fs::read_to_string(log)?.lines().count());
    Ok(())
}

/// A file on a disk that must spin up first.
struct SlowFile {
    file: fs::File,
    is_awake: bool,
}

impl Write for SlowFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !std::mem::replace(&mut self.is_awake, true) {
            std::thread::sleep(Duration::from_millis(300));
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[exitmacro::main(signals)]
fn main() -> io::Result<()> {
    let log = LOG
        .get_or_init(|| exitmacro_real_parts::folder().expect("a folder can be made").join("log"));
    let (writer, guard) =
        tracing_appender::non_blocking(SlowFile { file: fs::File::create(log)?, is_awake: false });
    drop(GUARD.get_or_init(|| guard));
    tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(writer).init();

    for order in 1..=1000 {
        tracing::info!(order, "stored");
    }
    println!("logged 1000 lines");
    exitmacro_real_parts::end();
    Ok(())
}
