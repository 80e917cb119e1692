//! A file that says that the program runs.

use super::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use super::tracked::{Tracked, track};
use crate::handler::priority;
use crate::sys;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file with the process id in it. Made by [`pid_file`].
#[derive(Debug)]
pub struct PidFile(PathBuf);

/// Writes the id of the calling process into a new file, and removes it when the last handle drops, or at exit with [`priority::FILES`]: only while it still holds this id, so
/// that the file of a successor stays.
///
/// A file that is there is replaced when the process that it names does not exist any more.
///
/// # Errors
///
/// [`AlreadyExists`](io::ErrorKind::AlreadyExists) when the file names a process that lives, or no process; otherwise those of creating it.
///
/// ```
/// let path = std::env::temp_dir().join(format!("example-{}.pid", std::process::id()));
/// let pid_file = exitmacro::resource::pid_file(&path)?;
/// assert_eq!(std::fs::read_to_string(pid_file.path())?.trim().parse(), Ok(std::process::id()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn pid_file(path: impl AsRef<Path>) -> io::Result<Tracked<PidFile>> {
    let path = path.as_ref();
    create_or_replace(path)?;
    Ok(track(PidFile(path.to_owned())))
}

fn create_or_replace(path: &Path) -> io::Result<()> {
    create(path).or_else(|error| {
        if error.kind() != io::ErrorKind::AlreadyExists || !is_stale(path) {
            return Err(error);
        }
        fs::remove_file(path)?;
        create(path)
    })
}

fn create(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    writeln!(file, "{}", sys::process_id())
}

fn is_stale(path: &Path) -> bool {
    named_in(path).is_some_and(|process| process == sys::process_id() || !sys::is_alive(process))
}

fn named_in(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

impl PidFile {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl AtExitCleanup for PidFile {
    fn cleanup(&self) -> Result<(), CleanupError> {
        if named_in(&self.0) == Some(sys::process_id()) {
            fs::remove_file(&self.0).map_err(|error| format!("{}: {error}", self.0.display()))?;
        }
        Ok(())
    }

    fn options(&self) -> CleanupOptions {
        CleanupOptions::new().priority(priority::FILES).name("PID file")
    }
}
