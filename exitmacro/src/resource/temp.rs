//! Temporary directories and files.

use crate::handler::priority;
use crate::report::line::say;
use crate::resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use crate::resource::place::Place;
use crate::resource::tracked::{Tracked, track};
use crate::run::{self, Verdict};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, io, thread};

/// A private directory, removed with all its contents at the end. Returned by [`temp_dir`].
#[derive(Debug)]
pub struct TempDir(Temporary);

/// A private file, removed at the end. Returned by [`temp_file`].
#[derive(Debug)]
pub struct TempFile(Temporary);

#[derive(Debug)]
struct Temporary {
    place: Place,
    keep_on_failure: AtomicBool,
}

impl Temporary {
    fn new(path: &Path, remove: fn(&Path) -> io::Result<()>) -> io::Result<Self> {
        match Place::of(path) {
            Ok(place) => Ok(Self { place, keep_on_failure: AtomicBool::new(false) }),
            Err(error) => {
                // A file that could not be found again is not left behind.
                _ = remove(path);
                Err(error)
            }
        }
    }

    /// Why it is kept, if it is.
    fn why_kept(&self) -> Option<&'static str> {
        if !self.keep_on_failure.load(Ordering::Relaxed) {
            return None;
        }
        match run::verdict() {
            _ if thread::panicking() => Some("because the process failed"),
            Verdict::Success => None,
            Verdict::Failure => Some("because the process failed"),
            Verdict::Unknown => Some(
                "because the exit status is not known here; return from `#[exitmacro::main]`, or \
                 call `exitmacro::exit`",
            ),
        }
    }

    fn remove(&self, remove: fn(&Place) -> io::Result<()>) -> Result<(), CleanupError> {
        if let Some(why) = self.why_kept() {
            say(format_args!("kept {} {why}", self.place.absolute().display()));
            return Ok(());
        }
        match remove(&self.place) {
            // A file that is gone already needs no removal.
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(format!("{} was not removed: {error}", self.place.absolute().display()).into())
            }
            _ => Ok(()),
        }
    }
}

/// Creates a directory in the system's folder for temporary files, which only this user can enter.
/// It is removed, with all its contents, when the last handle drops, or at exit with
/// [`priority::FILES`].
///
/// It is found even if the process has changed its working directory or its root meanwhile. On Unix
/// a descriptor of the parent folder is kept for that, one for all values in that folder.
///
/// # Errors
///
/// When it cannot be created, or no descriptor is left.
///
/// ```
/// let dir = exitmacro::resource::temp_dir()?;
/// std::fs::write(dir.path().join("notes"), "half done")?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn temp_dir() -> io::Result<Tracked<TempDir>> {
    let mut builder = tempfile::Builder::new();
    // Without a mode, tempfile leaves it to the umask.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    // This process removes it from now on.
    let path = builder.tempdir()?.keep();
    Ok(track(TempDir(Temporary::new(&path, |path| fs::remove_dir(path))?)))
}

/// Creates an empty file in the system's folder for temporary files, which only this user can read.
/// It is removed when the last handle drops, or at exit with [`priority::FILES`]; also after a
/// change of the working directory or the root, like [`temp_dir`].
///
/// # Errors
///
/// When it cannot be created, or no descriptor is left.
///
/// ```
/// let file = exitmacro::resource::temp_file()?;
/// std::fs::write(file.path(), "half done")?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn temp_file() -> io::Result<Tracked<TempFile>> {
    let path = tempfile::NamedTempFile::new()?.into_temp_path().keep()?;
    Ok(track(TempFile(Temporary::new(&path, |path| fs::remove_file(path))?)))
}

macro_rules! temporary {
    ($($name:ident, $remove:expr, $what:literal;)*) => {
        $(impl $name {
            /// The path.
            #[must_use]
            pub fn path(&self) -> &Path {
                self.0.place.path()
            }

            /// Keeps it if the process fails, and prints its path in a line on stderr. The process
            /// fails:
            ///
            /// - with an exit status other than 0, as the run knows it when this is removed: after
            ///   an error of `main`, an `exit`, a panic, or a signal. A signal that ends the
            ///   process with status 0 (`on_signal = exit_zero`) is no failure;
            /// - with a handler that failed before this is removed;
            /// - when a panic drops the last handle.
            ///
            /// It is also kept where the status is not known, and the line says so. Where libc does
            /// not give the status (all but glibc), it is known after a return from
            /// `#[exitmacro::main]`, a panic or a signal there, and after
            /// [`exitmacro::exit`](fn@crate::exit). When [`run`](fn@crate::run) is called and the
            /// process continues, or a plugin is unloaded, only a handler that failed is a failure.
            ///
            /// A handle that goes out of scope before `main` returns an error is dropped as usual:
            /// keep one in a static, or end with `exit`.
            pub fn keep_on_failure(&self) {
                self.0.keep_on_failure.store(true, Ordering::Relaxed);
            }
        }

        impl AtExitCleanup for $name {
            fn cleanup(&self) -> Result<(), CleanupError> {
                self.0.remove($remove)
            }

            fn options(&self) -> CleanupOptions {
                CleanupOptions::new().priority(priority::FILES).name($what)
            }
        })*
    };
}

temporary! {
    TempDir, Place::remove_tree, "temporary directory";
    TempFile, Place::remove_file, "temporary file";
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_removed_is_a_failure_and_what_is_gone_is_none() {
        // Independent of `TMPDIR`, which may name a missing folder.
        _ = tempfile::env::override_temp_dir("/tmp".as_ref());
        let file = temp_file().unwrap();
        let path = file.path().to_owned();
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let error = Tracked::close(file).unwrap_err().to_string();
        fs::remove_dir(&path).unwrap();
        assert!(error.starts_with(&format!("{} was not removed: ", path.display())), "{error}");
        let gone = temp_dir().unwrap();
        fs::remove_dir(gone.path()).unwrap();
        assert!(Tracked::close(gone).is_ok());
    }
}
