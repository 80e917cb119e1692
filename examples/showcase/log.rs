//! The log: one line for every line stored, written by the background thread of `tracing-appender`.

use exitmacro::{AtExitCleanup, at_exit, priority};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

const FILE: &str = "ingest.log";

/// The log is complete when its guard has been dropped, which waits for the background thread.
#[derive(AtExitCleanup)]
#[cleanup(with = flush)]
struct Log(Mutex<Option<WorkerGuard>>);

impl Log {
    fn flush(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

#[at_exit(priority = priority::TELEMETRY)]
static LOG: OnceLock<Log> = OnceLock::new();

/// Starts the log. `expected` is the number of lines.
pub(crate) fn start(folder: &Path, expected: usize) -> io::Result<()> {
    let disk = BusyDisk {
        file: File::create(folder.join(FILE))?,
        writes_before_stall: expected.saturating_sub(LAST_LINES),
    };
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(disk);
    tracing_subscriber::fmt().with_ansi(false).with_target(false).with_writer(writer).init();
    LOG.set(Log(Mutex::new(Some(guard)))).map_err(|_| io::ErrorKind::AlreadyExists.into())
}

/// The number of whole lines in a child's log.
pub(crate) fn count_lines(folder: &Path) -> io::Result<usize> {
    Ok(fs::read(folder.join(FILE))?.iter().filter(|&&byte| byte == b'\n').count())
}

/// A file on a disk that is busy for a moment when only the last lines are still to come.
///
/// Without the stall the background thread is a few lines behind, or none, and the scheduler
/// decides whether any are lost: the table would differ from run to run.
struct BusyDisk {
    file: File,
    writes_before_stall: usize,
}

/// The number of lines after the stall.
pub(crate) const LAST_LINES: usize = 10;

/// Shorter than the second that a `WorkerGuard` waits.
const STALL: Duration = Duration::from_millis(200);

impl Write for BusyDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.writes_before_stall == 0 {
            thread::sleep(STALL);
        }
        self.writes_before_stall = self.writes_before_stall.wrapping_sub(1);
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
