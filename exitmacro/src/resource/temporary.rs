//! What temporary files and directories have in common: where they are, and what became of them.

use crate::report::line::say;
use crate::resource::cleanup::{CleanupError, CleanupOptions};
use crate::resource::place::{Identity, Place};
use crate::resource::temp_options::TempOptions;
use crate::run::{self, Verdict};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(super) struct Temporary {
    place: Place,
    identity: Identity,
    keep_on_failure: AtomicBool,
    options: CleanupOptions,
    /// Locked while it is moved or removed, so that an exit waits for a move.
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Here,
    Persisted,
    Removed,
}

impl Temporary {
    /// Takes what was just made at that path, or removes it.
    pub(super) fn new(
        path: &Path,
        options: &TempOptions,
        cleanup: CleanupOptions,
        remove: fn(&Path) -> io::Result<()>,
    ) -> io::Result<Self> {
        let found = Place::of(path).and_then(|place| Ok((place.identity()?, place)));
        match found {
            Ok((identity, place)) => Ok(Self {
                place,
                identity,
                keep_on_failure: AtomicBool::new(options.keeps_on_failure()),
                options: cleanup,
                state: Mutex::new(State::Here),
            }),
            Err(error) => {
                // A file that could not be found again is not left behind.
                _ = remove(path);
                Err(error)
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.place.path()
    }

    pub(super) fn options(&self) -> CleanupOptions {
        self.options
    }

    pub(super) fn keep_on_failure(&self) {
        self.keep_on_failure.store(true, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why it is kept, if it is.
    fn why_kept(&self) -> Option<&'static str> {
        if !self.keep_on_failure.load(Ordering::Relaxed) {
            return None;
        }
        match run::verdict() {
            _ if run::is_panicking() => Some("because the process failed"),
            Verdict::Success => None,
            Verdict::Failure => Some("because the process failed"),
            Verdict::Unknown => Some(
                "because the exit status is not known here; return from `#[exitmacro::main]`, or \
                 call `exitmacro::exit`",
            ),
        }
    }

    pub(super) fn remove(&self, remove: fn(&Place) -> io::Result<()>) -> Result<(), CleanupError> {
        let mut state = self.state();
        if *state != State::Here {
            return Ok(());
        }
        if let Some(why) = self.why_kept() {
            if !is_gone(&self.place.identity()) {
                say(format_args!("kept {} {why}", self.place.absolute().display()));
            }
            return Ok(());
        }
        let removed = remove(&self.place);
        if let Err(error) = &removed
            && !is_gone(&removed)
        {
            let path = self.place.absolute().display();
            return Err(format!("{path} was not removed: {error}").into());
        }
        *state = State::Removed;
        Ok(())
    }

    /// Renames it to that path, from where it is not removed. `is_foreign`: it belongs to the
    /// parent of this process.
    pub(super) fn persist(&self, to: &Path, is_foreign: bool) -> io::Result<()> {
        let from = self.place.absolute().display();
        let moved = if is_foreign {
            // Not locked: a thread of the parent, which does not exist here, may hold the lock.
            Err(io::Error::other("it belongs to the parent process; persist it there"))
        } else {
            self.rename(to)
        };
        moved.map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("{from} was not moved to {}: {error}", to.display()),
            )
        })
    }

    fn rename(&self, to: &Path) -> io::Result<()> {
        if to.as_os_str().is_empty() {
            return refused(io::ErrorKind::InvalidInput, "the path is empty; name the new file");
        }
        let mut state = self.state();
        match *state {
            State::Here => {}
            State::Persisted => return refused(io::ErrorKind::NotFound, "it was moved already"),
            State::Removed => return refused(io::ErrorKind::NotFound, "it was removed already"),
        }
        // What is moved there gets the trust that its new path has.
        if !self.place.is(self.identity)? {
            return refused(
                io::ErrorKind::NotFound,
                "it is gone, or another file has its name; `std::fs::rename` moves any file",
            );
        }
        match self.place.rename(to) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => refused(
                error.kind(),
                "that is on another file system; make it there, with `TempOptions::in_dir`",
            ),
            Err(error) => Err(error),
            Ok(()) => {
                *state = State::Persisted;
                Ok(())
            }
        }
    }
}

/// Whether a call found no file. A file that is gone needs no removal.
fn is_gone<T>(result: &io::Result<T>) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn refused(kind: io::ErrorKind, why: &str) -> io::Result<()> {
    Err(io::Error::new(kind, why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::sync::mpsc;
    use std::thread::scope;
    use std::time::Duration;

    #[test]
    fn a_removal_waits_for_a_move() {
        // Independent of `TMPDIR`, which may name a missing folder.
        let folder = if cfg!(unix) { "/tmp".into() } else { std::env::temp_dir() };
        let options = TempOptions::new().in_dir(folder);
        let (_, path) = options.make_file().unwrap();
        let cleanup = options.cleanup("one").unwrap();
        let file = Temporary::new(&path, &options, cleanup, |path| fs::remove_file(path)).unwrap();
        let (removed, is_removed) = mpsc::channel();
        let moving = file.state();
        scope(|scope| {
            scope.spawn(|| {
                file.remove(Place::remove_file).unwrap();
                removed.send(()).unwrap();
            });
            assert!(is_removed.recv_timeout(Duration::from_millis(50)).is_err());
            assert!(path.exists());
            drop(moving);
            is_removed.recv().unwrap();
        });
        assert!(!path.exists());
    }
}
