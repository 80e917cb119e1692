//! By an open descriptor of the directory.

use super::identity::{Identity, identity};
use super::tree;
use crate::sys;
use rustix::fs::{
    AtFlags, CWD, FileType, FlockOperation, Mode, OFlags, RawMode, Stat, flock, fstat, open,
    openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;
use std::ffi::{CString, OsString};
use std::fs::{self, File};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};
use std::{io, thread};

/// Lookups in a directory need no right to read it.
#[cfg(any(target_os = "linux", target_os = "android"))]
const LOOK: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const LOOK: OFlags = OFlags::RDONLY;

const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// For reading and writing, not through a symbolic link.
const OPEN: OFlags = OFlags::RDWR.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const CREATE: OFlags = OPEN.union(OFlags::CREATE);

/// An open directory.
#[derive(Debug)]
struct Directory {
    /// Present until it drops.
    descriptor: Option<OwnedFd>,
    identity: Identity,
}

impl Directory {
    /// The descriptor, unless other code has closed it, as daemons do with all open ones: then
    /// its number may be another file's.
    fn get(&self) -> Option<BorrowedFd<'_>> {
        let descriptor = self.descriptor.as_ref()?.as_fd();
        fstat(descriptor).is_ok_and(|stat| identity(&stat) == self.identity).then_some(descriptor)
    }

    fn open(path: &Path) -> io::Result<Arc<Self>> {
        static OPEN: Mutex<Vec<Weak<Directory>>> = Mutex::new(Vec::new());
        let descriptor = open(path, LOOK | DIRECTORY, Mode::empty())?;
        let found = Arc::new(Self {
            identity: identity(&fstat(&descriptor)?),
            descriptor: Some(descriptor),
        });
        // Never waits: in a forked child, a thread that does not exist may hold the lock.
        let Ok(mut shared) = OPEN.try_lock() else { return Ok(found) };
        shared.retain(|directory| directory.strong_count() > 0);
        let same = |directory: Arc<Self>| {
            (directory.identity == found.identity && directory.get().is_some()).then_some(directory)
        };
        if let Some(same) = shared.iter().filter_map(Weak::upgrade).find_map(same) {
            return Ok(same);
        }
        shared.push(Arc::downgrade(&found));
        Ok(found)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.get().is_none() {
            // Another file's by now, which must stay open.
            core::mem::forget(self.descriptor.take());
        }
    }
}

#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    /// From the root of the file system, for messages and for use without a descriptor.
    absolute: PathBuf,
    directory: Arc<Directory>,
    name: OsString,
}

impl Place {
    /// The place of a file that exists, or is about to be created.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{}: not the name of a file", path.display()),
            )
        })?;
        let directory =
            path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self {
            directory: Directory::open(directory)?,
            name: name.to_owned(),
            absolute: std::path::absolute(path)?,
            path: path.to_owned(),
        })
    }

    /// The path as it was given.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn absolute(&self) -> &Path {
        &self.absolute
    }

    /// Calls `there` with the directory and the name. If the descriptor of the directory is
    /// lost, calls `by_path`; a file that it does not find may be somewhere else.
    fn reach<T>(
        &self,
        there: impl FnOnce(BorrowedFd<'_>, &OsString) -> io::Result<T>,
        by_path: impl FnOnce(&Path) -> io::Result<T>,
    ) -> io::Result<T> {
        if let Some(directory) = self.directory.get() {
            return there(directory, &self.name);
        }
        by_path(&self.absolute).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                io::Error::other("not found, and the descriptor of its directory was closed")
            }
            _ => error,
        })
    }

    /// What is at the place now; a symbolic link counts as itself.
    pub(crate) fn identity(&self) -> io::Result<Identity> {
        self.stat().map(|stat| identity(&stat))
    }

    pub(crate) fn is_socket(&self) -> bool {
        self.stat().is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Socket)
    }

    fn stat(&self) -> io::Result<Stat> {
        self.reach(
            |directory, name| Ok(statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?),
            |path| Ok(rustix::fs::lstat(path)?),
        )
    }

    /// Whether this is the file at the place. An error if the file system does not answer.
    pub(crate) fn is(&self, file: Identity) -> io::Result<bool> {
        match self.identity() {
            Ok(found) => Ok(found == file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Opens the file for reading and writing, new or not, but not through a symbolic link. A new
    /// one gets that mode, less the umask.
    pub(crate) fn open_or_create(&self, mode: RawMode) -> io::Result<File> {
        self.open(|directory, name| openat(directory, name, CREATE, Mode::from_raw_mode(mode)))
    }

    /// The same for a file that any user may have made. In a directory such as `/tmp`, Linux
    /// refuses `O_CREAT` for the file of another user, also to root (`fs.protected_regular`).
    pub(crate) fn open_any_or_create(&self, mode: RawMode) -> io::Result<File> {
        self.open(|directory, name| {
            let existing = || openat(directory, name, OPEN, Mode::empty());
            let create = || openat(directory, name, CREATE, Mode::from_raw_mode(mode));
            match existing() {
                Err(Errno::NOENT) => match create() {
                    // Another user may have made it in between.
                    Err(Errno::ACCESS) => existing().map_err(|_| Errno::ACCESS),
                    created => created,
                },
                opened => opened,
            }
        })
    }

    fn open(
        &self,
        open: impl Fn(BorrowedFd<'_>, &Path) -> rustix::io::Result<OwnedFd>,
    ) -> io::Result<File> {
        let opened = self.reach(
            |directory, name| Ok(open(directory, name.as_ref())?),
            |path| Ok(open(CWD, path)?),
        );
        Ok(File::from(opened?))
    }

    /// Keeps other processes that lock the same directory out of it until the returned lock
    /// drops, or this process ends. Leaves no file behind. No lock if this process may not read
    /// the directory, because it cannot open it in a way that can be locked then.
    pub(crate) fn lock_directory(&self, limit: Duration) -> io::Result<Option<DirectoryLock>> {
        let opened = self.reach(
            |directory, _| Ok(openat(directory, c".", OFlags::RDONLY | DIRECTORY, Mode::empty())?),
            |path| {
                Ok(open(path.parent().unwrap_or(path), OFlags::RDONLY | DIRECTORY, Mode::empty())?)
            },
        );
        let lock = match opened {
            Ok(directory) => DirectoryLock(File::from(directory)),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(None),
            Err(error) => return Err(error),
        };
        let end = Instant::now() + limit;
        while !sys::try_lock(&lock.0)? {
            if Instant::now() >= end {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("another process keeps its directory locked for more than {limit:?}"),
                ));
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(Some(lock))
    }

    /// Moves the file to that path, in place of a file that is there.
    pub(crate) fn rename(&self, to: &Path) -> io::Result<()> {
        self.reach(
            |directory, name| Ok(renameat(directory, name, CWD, to)?),
            |path| fs::rename(path, to),
        )
    }

    pub(crate) fn remove_file(&self) -> io::Result<()> {
        self.reach(
            |directory, name| Ok(unlinkat(directory, name, AtFlags::empty())?),
            |path| fs::remove_file(path),
        )
    }

    /// Removes a directory with all its contents. Symbolic links are removed, not followed, and
    /// mount points stay.
    pub(crate) fn remove_tree(&self) -> io::Result<()> {
        let name = CString::new(self.name.as_bytes())?;
        self.reach(
            |directory, _| tree::remove(directory, &name),
            |path| {
                let folder = open(path.parent().unwrap_or(path), LOOK | DIRECTORY, Mode::empty())?;
                tree::remove(folder.as_fd(), &name)
            },
        )
    }
}

/// See [`Place::lock_directory`].
pub(crate) struct DirectoryLock(File);

impl Drop for DirectoryLock {
    /// Closing it would not be enough: a child that was forked meanwhile shares it.
    fn drop(&mut self) {
        _ = flock(&self.0, FlockOperation::Unlock);
    }
}

#[cfg(test)]
#[path = "unix_tests.rs"]
mod tests;
