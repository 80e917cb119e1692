//! The PID file, which says that the program runs. One that is left behind says so for ever.

use crate::kept::Kept;
use exitmacro::{at_exit, priority};
use std::path::{Path, PathBuf};
use std::{fs, io, process};

const FILE: &str = "ingest.pid";

static PID_FILE: Kept<PathBuf> = Kept::new();

pub(crate) fn create(folder: &Path) -> io::Result<()> {
    let path = folder.join(FILE);
    fs::write(&path, process::id().to_string())?;
    PID_FILE.keep(path);
    Ok(())
}

#[at_exit(priority = priority::FILES)]
fn remove_pid_file() -> io::Result<()> {
    PID_FILE.take_at_exit().map_or(Ok(()), fs::remove_file)
}

/// Whether a child left no PID file.
pub(crate) fn is_gone(folder: &Path) -> io::Result<bool> {
    Ok(!folder.join(FILE).try_exists()?)
}
