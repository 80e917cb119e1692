//! The temporary directory that a child works in.

use exitmacro::{AtExitCleanup, at_exit, priority};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{fs, io};

#[derive(AtExitCleanup)]
#[cleanup(with = remove)]
struct WorkingDir(PathBuf);

impl WorkingDir {
    fn remove(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.0)
    }
}

#[at_exit(priority = priority::FILES)]
static WORKING_DIR: OnceLock<WorkingDir> = OnceLock::new();

/// Creates the directory, with a copy of `input` that no other program changes. Returns the path of
/// the copy.
pub(crate) fn create(folder: &Path, input: &Path) -> io::Result<PathBuf> {
    let dir = tempfile::tempdir_in(folder)?.keep();
    let copy = dir.join("input");
    WORKING_DIR.set(WorkingDir(dir)).map_err(|_| io::ErrorKind::AlreadyExists)?;
    fs::copy(input, &copy)?;
    Ok(copy)
}

/// Whether a child left no directory.
pub(crate) fn is_gone(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        if entry?.file_type()?.is_dir() {
            return Ok(false);
        }
    }
    Ok(true)
}
