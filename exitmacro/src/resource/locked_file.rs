//! An open file with its lock, which the kernel gives to one process.

use crate::resource::place::{Identity, Place, identity_of};
use crate::sys;
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::io;
use std::sync::Mutex;

/// Open, and therefore locked.
#[derive(Debug)]
pub(super) struct LockedFile {
    /// Present until it drops.
    file: Option<File>,
    identity: Identity,
}

impl LockedFile {
    /// The file at the place, which `open` opens or creates, with its lock. `check` refuses a file
    /// before it is locked; `busy` is the error for a file that another process has.
    pub(super) fn at(
        place: &Place,
        open: impl Fn(&Place) -> io::Result<File>,
        check: impl Fn(&File) -> io::Result<()>,
        busy: impl Fn(&File) -> io::Error,
    ) -> io::Result<Self> {
        // More processes than this do not come and go during one call. On such a file system an
        // opened file never looks like the one at its path.
        const ATTEMPTS: u32 = 1_000;
        for _ in 0..ATTEMPTS {
            let file = open(place)?;
            check(&file)?;
            if !sys::try_lock(&file)? {
                return Err(busy(&file));
            }
            let identity = identity_of(&file)?;
            // The process that had it may have removed it in between. Then this is a file that no
            // other process finds.
            if place.is(identity)? {
                return Ok(Self { file: Some(file), identity });
            }
        }
        let path = place.path().display();
        Err(io::Error::other(format!("{path}: it is another file at each look")))
    }

    pub(super) fn identity(&self) -> Identity {
        self.identity
    }

    /// The file, unless other code has closed its descriptor, as daemons do with all open ones:
    /// then its number may be another file's.
    pub(super) fn file(&self) -> Option<&File> {
        self.file
            .as_ref()
            .filter(|file| identity_of(file).is_ok_and(|found| found == self.identity))
    }

    /// Releases the lock for all processes that share it, such as forked children. `false` if the
    /// descriptor was closed, and the lock with it.
    pub(super) fn unlock(&self) -> io::Result<bool> {
        let Some(file) = self.file() else { return Ok(false) };
        flock(file, FlockOperation::Unlock)?;
        Ok(true)
    }
}

impl Drop for LockedFile {
    /// Closes this process's copy of the file. Children that share it keep the lock.
    fn drop(&mut self) {
        if self.file().is_none() {
            // Another file's by now, which must stay open.
            core::mem::forget(self.file.take());
        }
    }
}

/// Takes what the mutex contains, in a forked child. `None` also where a thread of the parent holds
/// the mutex: the child does not have that thread.
pub(super) fn take_in_child<T>(held: &Mutex<Option<T>>) -> Option<T> {
    sys::if_free(held.try_lock())?.take()
}
