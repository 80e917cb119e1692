//! By the path from the root of the file system.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// This system has no other root, so a path from it is enough.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    absolute: PathBuf,
}

/// This system does not show which file it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity;

impl Place {
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { absolute: std::path::absolute(path)?, path: path.to_owned() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn absolute(&self) -> &Path {
        &self.absolute
    }

    pub(crate) fn identity(&self) -> io::Result<Identity> {
        fs::symlink_metadata(&self.absolute).map(|_| Identity)
    }

    /// Whether there is a file at the place.
    pub(crate) fn is(&self, _file: Identity) -> io::Result<bool> {
        fs::exists(&self.absolute)
    }

    /// Moves the file to that path, in place of a file that is there.
    pub(crate) fn rename(&self, to: &Path) -> io::Result<()> {
        fs::rename(&self.absolute, to)
    }

    pub(crate) fn remove_file(&self) -> io::Result<()> {
        fs::remove_file(&self.absolute)
    }

    pub(crate) fn remove_tree(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.absolute)
    }
}
