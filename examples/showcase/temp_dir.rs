//! The temporary directory that a child works in.

use crate::kept::Kept;
use exitmacro::{at_exit, priority};
use std::path::{Path, PathBuf};
use std::{fs, io};
use tempfile::TempDir;

static TEMP_DIR: Kept<TempDir> = Kept::new();

/// Makes the directory, with a copy of `input` that nobody else changes meanwhile. Returns the path of the copy.
pub(crate) fn create(folder: &Path, input: &Path) -> io::Result<PathBuf> {
    let dir = tempfile::tempdir_in(folder)?;
    let copy = dir.path().join("input");
    fs::copy(input, &copy)?;
    TEMP_DIR.keep(dir);
    Ok(copy)
}

#[at_exit(priority = priority::FILES)]
fn remove_temp_dir() -> io::Result<()> {
    TEMP_DIR.take_at_exit().map_or(Ok(()), TempDir::close)
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
