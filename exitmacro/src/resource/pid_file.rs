//! A file whose lock shows that the program runs.
//!
//! The kernel gives the lock to one process and releases it when that process ends, in whatever
//! way. The number in the file is for readers; the process that it names may have ended, or be
//! another one by now.

use crate::handler::priority;
use crate::resource::about::about;
use crate::resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use crate::resource::locked_file::{LockedFile, take_in_child};
use crate::resource::place::Place;
use crate::resource::tracked::Tracked;
use crate::resource::tracking::track_in_time;
use crate::sys;
use rustix::fs::RawMode;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A file with the process id in it. Returned by [`pid_file`].
///
/// ```
/// # let dir = exitmacro::resource::temp_dir()?;
/// # let path = dir.path().join("example.pid");
/// std::fs::write(&path, "1\n")?; // As a killed process leaves it behind: without a lock.
/// let pid_file = exitmacro::resource::pid_file(&path)?;
/// assert_eq!(std::fs::read_to_string(&path)?, format!("{}\n", std::process::id()));
/// drop(pid_file);
/// assert!(!path.exists());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct PidFile {
    place: Place,
    /// Until it is closed or discarded.
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    file: LockedFile,
    /// The id that was written into it.
    id: u32,
}

/// Writes the id of the calling process into a file, keeps it locked, and removes it when the last
/// handle drops, or on a runner thread at exit with [`priority::FILES`]. Feature `resources`, only
/// on Unix.
///
/// It removes the file only if it is still the same file with this id, so that the file of a
/// successor stays. It finds the file also after the process has changed its working directory or
/// its root, as a daemon does: it keeps a descriptor of the directory for that.
///
/// The lock, an exclusive `flock`, keeps other processes out: of all calls at one path, from
/// however many processes at the same moment, one succeeds. A file that exists but is not locked
/// was left behind by a killed process. It is taken over, whatever process its number names by now.
///
/// A forked child shares the lock: while the child lives, no other process gets it, unless the
/// parent has removed the file or the child has dropped its handle. For a daemon that makes the
/// file before it forks, see [`PidFile::rewrite`].
///
/// # Errors
///
/// [`AlreadyExists`](io::ErrorKind::AlreadyExists) when a live process, which may be the calling
/// one, has the file, or when it contains something other than a number; otherwise those of
/// opening, locking and writing it. Also when the process is ending and its handlers have run,
/// because nothing would remove it. Each error has the path in its text. A symbolic link is not
/// followed.
///
/// ```
/// let path = std::env::temp_dir().join(format!("example-{}.pid", std::process::id()));
/// let pid_file = exitmacro::resource::pid_file(&path)?;
/// assert_eq!(std::fs::read_to_string(pid_file.path())?.trim().parse(), Ok(std::process::id()));
/// assert!(exitmacro::resource::pid_file(&path).is_err(), "a live process has it");
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn pid_file(path: impl AsRef<Path>) -> io::Result<Tracked<PidFile>> {
    let pid_file = made(path.as_ref()).map_err(about(path.as_ref()))?;
    track_in_time(pid_file)
}

/// Only the user of the process writes into it, whatever the umask: others end the process whose
/// number they read there.
const MODE: RawMode = 0o644;

fn made(path: &Path) -> io::Result<PidFile> {
    let place = Place::of(path)?;
    let mut held = Held { file: locked(&place)?, id: 0 };
    if let Err(error) = held.write_id() {
        held.remove_if_empty(&place);
        return Err(error);
    }
    Ok(PidFile { place, held: Mutex::new(Some(held)) })
}

/// The file at the place, new or left behind, with its lock.
fn locked(place: &Place) -> io::Result<LockedFile> {
    let check = |file: &File| {
        if is_pid_file(file)? { Ok(()) } else { Err(refused(place.path(), "not a PID file")) }
    };
    let busy = |file: &File| {
        let whose = text_of(file).as_deref().and_then(id_in);
        let text = whose.map_or("another process has it".to_owned(), |process| {
            format!("process {process} has it")
        });
        refused(place.path(), &text)
    };
    // Linux refuses the file of another user in a directory such as `/tmp`: that user could write
    // another number into it.
    LockedFile::at(place, |place| place.open_or_create(MODE), check, busy)
}

fn refused(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, format!("{}: {why}", path.display()))
}

/// Whether it contains a number, or nothing, as when its process was killed before it wrote one.
fn is_pid_file(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.is_file()
        && text_of(file).is_some_and(|text| text.is_empty() || id_in(&text).is_some()))
}

/// A longer text is not that of a PID file.
const LONGEST: u64 = 32;

/// The content of a file, if it is a text no longer than that of a PID file.
fn text_of(mut file: &File) -> Option<String> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(LONGEST + 1)
        .read_to_string(&mut text)
        .ok()
        .filter(|&length| length as u64 <= LONGEST)?;
    Some(text)
}

fn id_in(text: &str) -> Option<u32> {
    text.trim().parse().ok()
}

impl Held {
    /// If that fails, the file is as it was.
    fn write_id(&mut self) -> io::Result<()> {
        let id = sys::process_id();
        let mut file = self
            .file
            .file()
            .ok_or_else(|| io::Error::other("the descriptor of the PID file was closed"))?;
        let mut text = format!("{id}\n");
        let length = text.len() as u64;
        // Over what is there, in one piece, so that no reader finds a part of it, or nothing.
        text.extend((length..file.metadata()?.len().min(LONGEST)).map(|_| '\n'));
        file.rewind()?;
        file.write_all(text.as_bytes())?;
        self.id = id;
        file.set_len(length)
    }

    /// Removes a file that is new, and could not be written.
    fn remove_if_empty(&self, place: &Place) {
        let is_empty = self.file.file().and_then(text_of).is_some_and(|text| text.is_empty());
        if is_empty && place.is(self.file.identity()).unwrap_or(false) {
            // The caller gets the error of the write.
            _ = place.remove_file();
        }
    }

    /// Whether the file at the place is this one, and no other process has written into it.
    fn is_still_at(&self, place: &Place) -> io::Result<bool> {
        if !place.is(self.file.identity())? {
            return Ok(false);
        }
        let text = match self.file.file() {
            Some(file) => text_of(file),
            // The lock went with the descriptor: the file may have been taken over since.
            None => text_of(&place.open_or_create(MODE)?),
        };
        Ok(text.as_deref().and_then(id_in) == Some(self.id))
    }
}

impl PidFile {
    /// The path of the file, as it was given: a relative one names another place after a change of
    /// the working directory.
    ///
    /// ```
    /// # let dir = exitmacro::resource::temp_dir()?;
    /// let path = dir.path().join("example.pid");
    /// let pid_file = exitmacro::resource::pid_file(&path)?;
    /// assert_eq!(pid_file.path(), path);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn path(&self) -> &Path {
        self.place.path()
    }

    /// Replaces the id in the file with that of the calling process. For daemons: a call before the
    /// fork can still fail where the user reads the error, and after the fork the daemon, which
    /// shares the lock, writes its own id. Call it before [`adopt`](fn@crate::adopt), for which the
    /// parent waits: then the file has the daemon's id when the parent has ended. The process that
    /// was started must not return from `main` with its handle alive, which removes the file.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or is closed; [`NotFound`](io::ErrorKind::NotFound) when it is
    /// not at its path any more, where no process would read it.
    ///
    /// ```no_run
    /// let pid_file = exitmacro::resource::pid_file("/run/example.pid")?;
    /// // daemonize::Daemonize::new().start()?;
    /// pid_file.rewrite()?;
    /// exitmacro::adopt()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rewrite(&self) -> io::Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_mut().ok_or_else(|| io::Error::other("the PID file is closed"))?;
        if !self.place.is(held.file.identity())? {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("{}: removed or replaced meanwhile", self.place.absolute().display()),
            ));
        }
        held.write_id()
    }
}

impl AtExitCleanup for PidFile {
    fn cleanup(&self) -> Result<(), CleanupError> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The lock is released after the removal, or another process could take over the file that
        // is removed here.
        let Some(held) = &held else { return Ok(()) };
        let removed = held
            .is_still_at(&self.place)
            .and_then(|is| if is { self.place.remove_file() } else { Ok(()) });
        Ok(removed.map_err(|error| {
            format!("{} was not removed: {error}", self.place.absolute().display())
        })?)
    }

    /// Closes this process's copy of the file. Not more: to unlock it would unlock it for the
    /// parent.
    fn discard(&self) {
        drop(take_in_child(&self.held));
    }

    fn options(&self) -> CleanupOptions {
        CleanupOptions::new().priority(priority::FILES).name("PID file")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_only_begins_like_one_is_left_alone() {
        // Independent of `TMPDIR`, which may name a missing folder.
        let folder =
            if cfg!(unix) { tempfile::tempdir_in("/tmp") } else { tempfile::tempdir() }.unwrap();
        let path = folder.path().join("pid");
        // The longest that counts, and one byte more.
        for (blanks, is_one) in [(31, true), (32, false)] {
            let text = format!("7{}", "\n".repeat(blanks));
            fs::write(&path, &text).unwrap();
            assert_eq!(is_pid_file(&File::open(&path).unwrap()).unwrap(), is_one, "{blanks}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
