//! The log: on stdout at once, and in a file to which a thread writes blocks.

use exitmacro::at_exit;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::fmt::writer::MakeWriterExt;

/// A file that is written in blocks, to spare the disk. Dropping it writes the last, incomplete
/// block.
struct Blocks(BufWriter<File>);

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// Called after every few lines.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

static GUARD: Mutex<Option<WorkerGuard>> = Mutex::new(None);

/// Waits until the thread has written the last block.
#[at_exit(after(crate::database::close_pool))]
fn flush_log() {
    let Some(guard) = GUARD.lock().unwrap().take() else { return };
    tracing::info!("flushing the log");
    drop(guard);
    println!("log flushed");
}

pub(crate) fn start(folder: &Path) -> io::Result<()> {
    let (file, guard) =
        tracing_appender::non_blocking(Blocks(BufWriter::new(File::create(folder.join("log"))?)));
    *GUARD.lock().unwrap() = Some(guard);
    tracing_subscriber::fmt()
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .with_writer(file.and(io::stdout))
        .init();
    Ok(())
}
