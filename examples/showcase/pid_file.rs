//! The PID file, which shows that the program runs. If it is left behind, it shows that for ever.

use exitmacro::{AtExitCleanup, at_exit, priority};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{fs, io, process};

const FILE: &str = "ingest.pid";

#[derive(AtExitCleanup)]
#[cleanup(with = remove)]
struct PidFile(PathBuf);

impl PidFile {
    fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.0)
    }
}

#[at_exit(priority = priority::FILES)]
static PID_FILE: OnceLock<PidFile> = OnceLock::new();

pub(crate) fn create(folder: &Path) -> io::Result<()> {
    let path = folder.join(FILE);
    fs::write(&path, process::id().to_string())?;
    PID_FILE.set(PidFile(path)).map_err(|_| io::ErrorKind::AlreadyExists.into())
}

/// Whether a child left no PID file.
pub(crate) fn is_gone(folder: &Path) -> io::Result<bool> {
    Ok(!folder.join(FILE).try_exists()?)
}
