//! A file that says that the program runs.
//!
//! That is what its lock says: the kernel gives it to one process and takes it back when that one ends, however it does. The number in the file is for readers; the process
//! that it names may have ended, or be another one by now.

use super::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use super::tracked::{Tracked, track};
use crate::handler::priority;
use crate::sys;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, TryLockError};

/// A file with the process id in it. Made by [`pid_file`].
#[derive(Debug)]
pub struct PidFile {
    path: PathBuf,
    /// Until it is closed or discarded.
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    /// Open, and therefore locked.
    file: File,
    /// What was written into it.
    id: u32,
}

/// Writes the id of the calling process into a file, keeps it locked, and removes it when the last handle drops, or at exit with [`priority::FILES`]: only while it is still the
/// same file and holds this id, so that the file of a successor stays.
///
/// The lock, an exclusive `flock`, is what keeps others out: of all calls at one path, from however many processes at the same moment, one succeeds. A file that is there but not
/// locked was left behind by a process that was killed, and is taken over, whatever process its number names by now.
///
/// A forked child shares the lock: while the child lives, nobody else gets it, unless the parent has removed the file or the child has dropped its handle. For a daemon that makes the
/// file before it forks, see [`PidFile::rewrite`].
///
/// # Errors
///
/// [`AlreadyExists`](io::ErrorKind::AlreadyExists) when a process that lives, which may be the calling one, has the file, or it holds something else than a number; otherwise those
/// of opening, locking and writing it. A symbolic link is not followed.
///
/// ```
/// let path = std::env::temp_dir().join(format!("example-{}.pid", std::process::id()));
/// let pid_file = exitmacro::resource::pid_file(&path)?;
/// assert_eq!(std::fs::read_to_string(pid_file.path())?.trim().parse(), Ok(std::process::id()));
/// assert!(exitmacro::resource::pid_file(&path).is_err(), "somebody has it");
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn pid_file(path: impl AsRef<Path>) -> io::Result<Tracked<PidFile>> {
    let path = path.as_ref();
    let mut held = Held { file: locked(path)?, id: 0 };
    held.write_id()?;
    Ok(track(PidFile { path: path.to_owned(), held: Mutex::new(Some(held)) }))
}

/// The file at `path`, be it new or left behind, with its lock.
fn locked(path: &Path) -> io::Result<File> {
    // More processes than this do not come and go during one call: in such a file system, what was opened never looks like what is at its path.
    const PATIENCE: u32 = 1_000;
    for _ in 0..PATIENCE {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).custom_flags(libc::O_NOFOLLOW).open(path)?;
        if !is_pid_file(&file)? {
            return Err(refused(path, "not a PID file"));
        }
        if !sys::try_lock(&file)? {
            let whose = text_of(&file).as_deref().and_then(id_in);
            return Err(refused(path, &whose.map_or("another process has it".to_owned(), |process| format!("process {process} has it"))));
        }
        // Whoever had it may have removed it in between. Then this is a file that nobody else finds.
        if is_at(path, &file.metadata()?) {
            return Ok(file);
        }
    }
    Err(io::Error::other(format!("{}: it is another file at each look", path.display())))
}

fn refused(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, format!("{}: {why}", path.display()))
}

/// Whether it holds a number, or nothing, as when its process was killed before it wrote one.
fn is_pid_file(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.is_file() && text_of(file).is_some_and(|text| text.is_empty() || id_in(&text).is_some()))
}

fn is_at(path: &Path, file: &Metadata) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == (file.dev(), file.ino()))
}

/// What is in a file, if it is a text no longer than that of a PID file.
fn text_of(mut file: &File) -> Option<String> {
    const LONGEST: u64 = 32;
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(LONGEST + 1).read_to_string(&mut text).ok().filter(|&length| length as u64 <= LONGEST)?;
    Some(text)
}

fn id_in(text: &str) -> Option<u32> {
    text.trim().parse().ok()
}

impl Held {
    fn write_id(&mut self) -> io::Result<()> {
        self.id = sys::process_id();
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{}", self.id)
    }

    /// Whether the file at `path` is this one, and nobody else has written into it.
    fn is_still_at(&self, path: &Path) -> bool {
        self.file.metadata().is_ok_and(|file| is_at(path, &file)) && text_of(&self.file).as_deref().and_then(id_in) == Some(self.id)
    }
}

impl PidFile {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the id of the calling process in place of the one that is there. For a daemon: made before the fork, the file can still be refused where somebody reads it, and
    /// after the fork the daemon, which shares the lock, says that it is the one.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or is closed.
    ///
    /// ```no_run
    /// let pid_file = exitmacro::resource::pid_file("/run/example.pid")?;
    /// // daemonize::Daemonize::new().start()?;
    /// exitmacro::adopt()?;
    /// pid_file.rewrite()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rewrite(&self) -> io::Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_mut().ok_or_else(|| io::Error::other("the PID file is closed"))?.write_id()
    }
}

impl AtExitCleanup for PidFile {
    fn cleanup(&self) -> Result<(), CleanupError> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The lock goes after the file, or another process could take over what is removed here.
        if held.as_ref().is_some_and(|held| held.is_still_at(&self.path)) {
            fs::remove_file(&self.path).map_err(|error| format!("{}: {error}", self.path.display()))?;
        }
        Ok(())
    }

    /// Closes this process's copy of the file. Not more: to unlock it would unlock it for the parent.
    fn discard(&self) {
        let held = match self.held.try_lock() {
            Ok(mut held) => held.take(),
            Err(TryLockError::Poisoned(mut held)) => held.get_mut().take(),
            // By a thread of the parent, which does not exist here.
            Err(TryLockError::WouldBlock) => None,
        };
        drop(held);
    }

    fn options(&self) -> CleanupOptions {
        CleanupOptions::new().priority(priority::FILES).name("PID file")
    }
}
