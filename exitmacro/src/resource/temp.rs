//! Temporary directories and files.

use crate::resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use crate::resource::persist_error::PersistError;
use crate::resource::place::Place;
use crate::resource::temp_options::TempOptions;
use crate::resource::temporary::Temporary;
use crate::resource::tracked::Tracked;
use crate::resource::tracking::track_in_time;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// A private directory, removed with all its contents at the end. Returned by [`temp_dir`].
///
/// ```
/// let dir = exitmacro::resource::temp_dir()?;
/// let path = dir.path().join("notes");
/// std::fs::write(&path, "half done")?;
/// drop(dir); // Here, or at exit.
/// assert!(!path.exists());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct TempDir(Temporary);

/// A private file, removed at the end. Returned by [`temp_file`].
///
/// ```
/// let file = exitmacro::resource::temp_file()?;
/// let path = file.path().to_owned();
/// std::fs::write(&path, "half done")?;
/// drop(file); // Here, or at exit.
/// assert!(!path.exists());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct TempFile(Temporary);

/// Creates a directory in the system's folder for temporary files, which only this user can enter.
/// It is removed, with all its contents, when the last handle drops, or on a runner thread at exit
/// with [`priority::FILES`](crate::priority::FILES). Feature `resources`.
///
/// It is found even if the process has changed its working directory or its root meanwhile. On Unix
/// a descriptor of the parent folder is kept for that, one for all values in that folder.
///
/// The removal tries all entries. If one stays, the error names the first of them. Symbolic links
/// are removed, not followed.
///
/// # Errors
///
/// When it cannot be created, or no descriptor is left; also when the process is ending and its
/// handlers have run, because nothing would remove it.
///
/// # Platform
///
/// On Unix:
///
/// - What is mounted inside the directory, or on it, is not entered. The mount point stays, and the
///   error names it. On Linux that holds for bind mounts too.
/// - A directory that takes rights from its owner gets the mode `0o700` for its removal, if the
///   calling user owns it.
/// - The depth is not limited, and takes neither stack nor more than a few descriptors.
///
/// ```
/// let dir = exitmacro::resource::temp_dir()?;
/// std::fs::write(dir.path().join("notes"), "half done")?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn temp_dir() -> io::Result<Tracked<TempDir>> {
    temp_dir_with(TempOptions::new())
}

/// [`temp_dir`], with options. Feature `resources`.
///
/// # Threads
///
/// It is created on the calling thread. At exit it is removed on a runner thread, otherwise on the
/// thread that drops the last handle.
///
/// # Errors
///
/// [`InvalidInput`](io::ErrorKind::InvalidInput) for an option that cannot be: a prefix or suffix
/// with a separator of paths or NUL, an empty folder, a mode with other bits than permissions, a
/// timeout of zero. Otherwise those of [`temp_dir`].
///
/// ```
/// use exitmacro::resource::{TempDir, TempOptions, temp_dir_with};
///
/// # let target = std::env::temp_dir().join(format!("example-{}", std::process::id()));
/// let dir = temp_dir_with(TempOptions::new().prefix("site-"))?;
/// std::fs::write(dir.path().join("index.html"), "<p>Hello")?;
/// TempDir::persist(dir, &target)?;
/// assert!(target.join("index.html").exists());
/// # std::fs::remove_dir_all(target)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn temp_dir_with(options: TempOptions) -> io::Result<Tracked<TempDir>> {
    let cleanup = options.cleanup("temporary directory")?;
    let path = options.make_dir()?;
    let temporary = Temporary::new(&path, &options, cleanup, |path| fs::remove_dir(path))?;
    track_in_time(TempDir(temporary))
}

/// Creates an empty file in the system's folder for temporary files, which only this user can read.
/// It is removed when the last handle drops, or at exit with
/// [`priority::FILES`](crate::priority::FILES); also after a change of the working directory or the
/// root, like [`temp_dir`]. Feature `resources`.
///
/// # Errors
///
/// When it cannot be created, or no descriptor is left; also when the process is ending and its
/// handlers have run, because nothing would remove it.
///
/// ```
/// let file = exitmacro::resource::temp_file()?;
/// std::fs::write(file.path(), "half done")?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn temp_file() -> io::Result<Tracked<TempFile>> {
    temp_file_with(TempOptions::new()).map(|(_, file)| file)
}

/// [`temp_file`], with options. Returns the file open for reading and writing, and the handle that
/// removes it. Feature `resources`.
///
/// The two are independent: the open file is the caller's, and can be written to also when the name
/// is removed. Bind the handle to a name, such as `_file`: in `let (file, _) = …` it drops at once,
/// and the name is gone.
///
/// # Threads
///
/// It is created on the calling thread. At exit it is removed on a runner thread, otherwise on the
/// thread that drops the last handle.
///
/// # Errors
///
/// Those of [`temp_dir_with`].
///
/// ```
/// use exitmacro::resource::{TempFile, TempOptions, temp_file_with};
/// use std::io::Write;
///
/// # let folder = exitmacro::resource::temp_dir()?;
/// # let folder = folder.path();
/// // In the folder of its destination, so that it can be renamed.
/// let options = TempOptions::new().in_dir(folder).prefix(".report-").suffix(".csv");
/// let (mut report, handle) = temp_file_with(options)?;
/// report.write_all(b"name,size\n")?;
/// report.sync_all()?;
/// TempFile::persist(handle, folder.join("report.csv"))?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn temp_file_with(options: TempOptions) -> io::Result<(File, Tracked<TempFile>)> {
    let cleanup = options.cleanup("temporary file")?;
    let (file, path) = options.make_file()?;
    let temporary = Temporary::new(&path, &options, cleanup, |path| fs::remove_file(path))?;
    Ok((file, track_in_time(TempFile(temporary))?))
}

macro_rules! temporary {
    ($($(#[$persist:meta])* $name:ident, $make:ident, $remove:expr, {
        $(#[$example:meta])*
    };)*) => {
        $(impl $name {
            /// The path, absolute. It stays the same when it is persisted or removed.
            ///
            /// ```
            #[doc = concat!("let made = exitmacro::resource::", stringify!($make), "()?;")]
            /// assert!(made.path().is_absolute() && made.path().exists());
            /// # Ok::<(), std::io::Error>(())
            /// ```
            #[must_use]
            pub fn path(&self) -> &Path {
                self.0.path()
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
            /// not give the status (see [`ExitContext::code`](crate::ExitContext::code)), it is
            /// known after a return from `#[exitmacro::main]`, a panic or a signal there, and after
            /// [`exitmacro::exit`](fn@crate::exit). A signal whose status is 0 leaves it unknown
            /// when another `main` ends within the grace. When [`run`](fn@crate::run) is called and
            /// the process continues, or a plugin is unloaded, only a handler that failed, or has
            /// set another status than 0, is a failure.
            ///
            /// A handle that goes out of scope before `main` returns an error is dropped as usual:
            /// keep one in a static, or end with `exit`.
            ///
            /// ```
            #[doc = concat!("let made = exitmacro::resource::", stringify!($make), "()?;")]
            /// made.keep_on_failure();
            /// let path = made.path().to_owned();
            /// let work = move || {
            ///     let _made = made;
            ///     panic!("no more work");
            /// };
            /// assert!(std::thread::spawn(work).join().is_err());
            /// assert!(path.exists());
            /// # std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir(&path))?;
            /// # Ok::<(), std::io::Error>(())
            /// ```
            pub fn keep_on_failure(&self) {
                self.0.keep_on_failure();
            }

            $(#[$persist])*
            ///
            /// A relative path counts from the working directory of now. An exit that starts
            /// meanwhile waits for the rename. It also works in a handler that runs before the
            /// removal.
            ///
            /// # Errors
            ///
            /// [`PersistError`], which names both paths and the reason, and gives the handle back:
            ///
            /// - [`CrossesDevices`](io::ErrorKind::CrossesDevices) when the path is on another file
            ///   system. Make it in the folder of its destination, with [`TempOptions::in_dir`];
            /// - [`NotFound`](io::ErrorKind::NotFound) when it was persisted or removed before, or
            ///   has been replaced by another file, or there is no such folder;
            /// - [`InvalidInput`](io::ErrorKind::InvalidInput) for an empty path;
            /// - in a forked child, to which it does not belong.
            ///
            $(#[$example])*
            pub fn persist(
                tracked: Tracked<Self>,
                path: impl AsRef<Path>,
            ) -> Result<(), PersistError<Self>> {
                match tracked.0.persist(path.as_ref(), tracked.is_foreign()) {
                    Ok(()) => {
                        // Nothing is left to remove, for any handle.
                        _ = Tracked::close(tracked);
                        Ok(())
                    }
                    Err(error) => Err(PersistError::new(error, tracked)),
                }
            }
        }

        impl AtExitCleanup for $name {
            fn cleanup(&self) -> Result<(), CleanupError> {
                self.0.remove($remove)
            }

            fn options(&self) -> CleanupOptions {
                self.0.options()
            }
        })*
    };
}

temporary! {
    /// Renames the directory to `path`, and removes it no more, for all handles. The rename is
    /// atomic. On Unix an empty directory at `path` is replaced; another one, and on Windows any,
    /// is an error.
    TempDir, temp_dir, Place::remove_tree, {
        /// ```
        /// use exitmacro::resource::{TempDir, TempOptions, temp_dir_with};
        ///
        /// # let folder = exitmacro::resource::temp_dir()?;
        /// # let folder = folder.path();
        /// let site = folder.join("site");
        /// let made = || temp_dir_with(TempOptions::new().in_dir(folder));
        /// let dir = made()?;
        /// std::fs::write(dir.path().join("index.html"), "<p>Hello")?;
        /// TempDir::persist(dir, &site)?;
        /// assert!(site.join("index.html").exists());
        /// assert!(TempDir::persist(made()?, &site).is_err(), "it is there, and not empty");
        /// # Ok::<(), std::io::Error>(())
        /// ```
    };
    /// Renames the file to `path`, and removes it no more, for all handles. The rename is atomic:
    /// at `path` there is always the old file or the new one. A file there is replaced.
    ///
    /// What was written survives a power failure if it is on the disk before: see
    /// [`File::sync_all`].
    TempFile, temp_file, Place::remove_file, {
        /// ```
        /// use exitmacro::resource::{TempFile, TempOptions, temp_file_with};
        /// use std::io::Write;
        ///
        /// # let folder = exitmacro::resource::temp_dir()?;
        /// # let folder = folder.path();
        /// let list = folder.join("list");
        /// std::fs::write(&list, "old")?;
        /// let (mut file, handle) = temp_file_with(TempOptions::new().in_dir(folder))?;
        /// file.write_all(b"new")?;
        /// TempFile::persist(handle, &list)?;
        /// assert_eq!(std::fs::read_to_string(&list)?, "new");
        /// # Ok::<(), std::io::Error>(())
        /// ```
    };
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
