//! A file whose lock keeps other processes out.

use crate::resource::about::about;
use crate::resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use crate::resource::lock_holder::holder_of;
use crate::resource::locked_file::{LockedFile, take_in_child};
use crate::resource::place::Place;
use crate::resource::tracked::{Tracked, track};
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A file with an exclusive lock. Returned by [`lock_file`].
///
/// ```
/// # let dir = exitmacro::resource::temp_dir()?;
/// # let path = dir.path().join("data");
/// std::fs::write(&path, "42")?;
/// let lock = exitmacro::resource::lock_file(&path)?;
/// assert_eq!(std::fs::read_to_string(lock.path())?, "42");
/// drop(lock); // The next process gets the lock.
/// assert!(path.exists(), "the file stays");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct LockFile {
    place: Place,
    /// Until it is closed or discarded.
    held: Mutex<Option<LockedFile>>,
}

/// Takes the exclusive lock of a file, which is created if it is not there, and releases it when
/// the last handle drops, or at exit; the file stays. Feature `resources`.
///
/// The call does not wait: if another process has the lock, it returns an error. The lock is an
/// exclusive `flock`, as `flock(1)` takes it, and keeps out only those who ask for it: the file can
/// be read and written as before. Of all calls at one path, from however many processes at the same
/// moment, one succeeds. The kernel releases the lock of a process that is killed.
///
/// The file stays, with its contents, so that a process that waits for the lock and a later one
/// lock the same file. It may be a file with data. For a file that is removed at exit there is
/// [`pid_file`](crate::resource::pid_file).
///
/// At exit the lock is released after all other handlers, with the priority [`i32::MIN`]: each of
/// them may still use what it protects. It is released on a runner thread, otherwise on the thread
/// that drops the last handle.
///
/// # Forked children
///
/// A forked child neither releases the lock nor prolongs it: the parent releases it for both. Only
/// when the parent is killed, a child that has not dropped its handle has the lock until it ends or
/// executes another program. A daemon that calls [`adopt`](fn@crate::adopt) right after the fork
/// keeps the lock of its parent.
///
/// # Errors
///
/// [`WouldBlock`](io::ErrorKind::WouldBlock) when a process, which may be the calling one, has the
/// lock. On Linux the error names it, if it is alive and in the same PID namespace. Otherwise those
/// of opening and locking the file, which must be readable and writable. Each error has the path in
/// its text. A symbolic link is not followed.
///
/// # Platform
///
/// Unix only.
///
/// ```
/// use exitmacro::resource::lock_file;
/// use std::io::ErrorKind;
///
/// let path = std::env::temp_dir().join(format!("example-{}.lock", std::process::id()));
/// let lock = lock_file(&path)?;
/// assert_eq!(lock_file(&path).unwrap_err().kind(), ErrorKind::WouldBlock);
/// drop(lock);
/// assert!(lock_file(&path).is_ok());
/// # std::fs::remove_file(path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn lock_file(path: impl AsRef<Path>) -> io::Result<Tracked<LockFile>> {
    let lock_file = made(path.as_ref()).map_err(about(path.as_ref()))?;
    Ok(track(lock_file))
}

fn made(path: &Path) -> io::Result<LockFile> {
    let place = Place::of(path)?;
    let held = LockedFile::at(
        &place,
        // Another user may have to write to it in order to lock it, if the umask lets it. The file
        // of another user is only locked, so it is no danger.
        |place| place.open_any_or_create(0o666),
        |_| Ok(()),
        |file| {
            let holder = holder_of(file)
                .map_or("another process".to_owned(), |process| format!("process {process}"));
            io::Error::new(
                io::ErrorKind::WouldBlock,
                format!("{}: {holder} has the lock", path.display()),
            )
        },
    )?;
    Ok(LockFile { place, held: Mutex::new(Some(held)) })
}

impl LockFile {
    /// The path of the file, as it was given: a relative one names another place after a change of
    /// the working directory.
    ///
    /// ```
    /// # let dir = exitmacro::resource::temp_dir()?;
    /// let path = dir.path().join("example.lock");
    /// let lock = exitmacro::resource::lock_file(&path)?;
    /// assert_eq!(lock.path(), path);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn path(&self) -> &Path {
        self.place.path()
    }
}

impl AtExitCleanup for LockFile {
    fn cleanup(&self) -> Result<(), CleanupError> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        let path = self.place.absolute().display();
        match held.as_ref().map(LockedFile::unlock) {
            None | Some(Ok(true)) => Ok(()),
            Some(Ok(false)) => {
                Err(format!("{path}: its descriptor was closed, and the lock was lost").into())
            }
            Some(Err(error)) => Err(format!("{path} was not unlocked: {error}").into()),
        }
    }

    /// Closes this process's copy of the file. Not more: to unlock it would unlock it for the
    /// parent.
    fn discard(&self) {
        drop(take_in_child(&self.held));
    }

    fn options(&self) -> CleanupOptions {
        CleanupOptions::new().priority(i32::MIN).name("lock file")
    }
}
