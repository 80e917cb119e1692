//! How a temporary file or directory is made.

use crate::fork::identity;
use crate::handler::priority;
use crate::resource::cleanup::CleanupOptions;
use crate::sys;
use core::time::Duration;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{self, Path, PathBuf};

/// How [`temp_dir_with`](crate::resource::temp_dir_with) and
/// [`temp_file_with`](crate::resource::temp_file_with) make a directory or a file.
///
/// The name is the prefix, the number of the process, `-`, six random characters, and the suffix.
/// In a forked child a number that this crate gives the process comes before these characters. So
/// no other process makes a file of the same name, not even a forked child.
///
/// The methods accept any value. The call that makes the file returns an
/// [`InvalidInput`](io::ErrorKind::InvalidInput) error for a bad one, which names what to write
/// instead.
///
/// ```
/// use exitmacro::resource::{TempOptions, temp_dir_with};
/// use std::time::Duration;
///
/// let options = TempOptions::new().prefix("thumbnails-").timeout(Duration::from_secs(20));
/// let dir = temp_dir_with(options.keep_on_failure())?;
/// assert!(dir.path().is_dir());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct TempOptions {
    prefix: Option<OsString>,
    suffix: Option<OsString>,
    folder: Option<PathBuf>,
    #[cfg(unix)]
    mode: Option<u32>,
    keep_on_failure: bool,
    priority: i32,
    timeout: Option<Duration>,
}

impl TempOptions {
    /// The options of [`temp_dir`](crate::resource::temp_dir) and
    /// [`temp_file`](crate::resource::temp_file): the prefix `.tmp`, no suffix, the system's folder
    /// for temporary files, access for this user only, removal at each end.
    ///
    /// ```
    /// use exitmacro::resource::{TempOptions, temp_dir_with};
    ///
    /// let dir = temp_dir_with(TempOptions::new())?; // As by `temp_dir`.
    /// let name = dir.path().file_name().unwrap_or_default().to_string_lossy();
    /// assert!(name.starts_with(".tmp"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub const fn new() -> Self {
        Self {
            prefix: None,
            suffix: None,
            folder: None,
            #[cfg(unix)]
            mode: None,
            keep_on_failure: false,
            priority: priority::FILES,
            timeout: None,
        }
    }

    /// Sets how the name begins; `.tmp` by default. It is a part of a file name, so it contains
    /// neither a separator of paths nor NUL.
    ///
    /// ```
    /// use exitmacro::resource::{TempOptions, temp_dir_with};
    ///
    /// let dir = temp_dir_with(TempOptions::new().prefix("thumbnails-"))?;
    /// let name = dir.path().file_name().unwrap_or_default().to_string_lossy();
    /// assert!(name.starts_with("thumbnails-"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn prefix(mut self, prefix: impl Into<OsString>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Sets how the name ends, such as `.csv`; nothing by default. It is a part of a file name, so
    /// it contains neither a separator of paths nor NUL.
    ///
    /// ```
    /// use exitmacro::resource::{TempOptions, temp_file_with};
    ///
    /// let (_file, handle) = temp_file_with(TempOptions::new().suffix(".csv"))?;
    /// assert!(handle.path().extension().is_some_and(|extension| extension == "csv"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn suffix(mut self, suffix: impl Into<OsString>) -> Self {
        self.suffix = Some(suffix.into());
        self
    }

    /// Sets the folder, which exists; by default that of [`std::env::temp_dir`]. A relative path
    /// counts from the working directory at the call that makes the file.
    ///
    /// For a file that is persisted this is the folder of its destination: a rename is possible
    /// within one file system only.
    ///
    /// ```
    /// use exitmacro::resource::{TempOptions, temp_file_with};
    ///
    /// # let folder = exitmacro::resource::temp_dir()?;
    /// # let folder = folder.path();
    /// let (_file, handle) = temp_file_with(TempOptions::new().in_dir(folder))?;
    /// assert_eq!(handle.path().parent(), Some(folder));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn in_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Sets the permissions, such as `0o640`; by default `0o700` for a directory and `0o600` for a
    /// file. The umask of the process is applied, as in
    /// [`OpenOptionsExt::mode`](std::os::unix::fs::OpenOptionsExt::mode). A directory that its own
    /// user cannot read, such as one with `0o300`, is removed as any other.
    ///
    /// # Platform
    ///
    /// Unix only. On Windows the access list of the folder holds for what is made in it.
    ///
    /// ```
    /// use exitmacro::resource::{TempOptions, temp_file_with};
    /// use std::os::unix::fs::PermissionsExt;
    ///
    /// let (_file, handle) = temp_file_with(TempOptions::new().mode(0o400))?;
    /// let mode = std::fs::metadata(handle.path())?.permissions().mode();
    /// assert_eq!(mode & 0o777, 0o400);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(unix)]
    pub const fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Keeps the file or directory if the process fails, as
    /// [`TempFile::keep_on_failure`](crate::resource::TempFile::keep_on_failure) does.
    ///
    /// ```
    /// use exitmacro::resource::{TempOptions, temp_file_with};
    ///
    /// let (_file, log) = temp_file_with(TempOptions::new().suffix(".log").keep_on_failure())?;
    /// let path = log.path().to_owned();
    /// let work = move || {
    ///     let _log = log;
    ///     panic!("no more work");
    /// };
    /// assert!(std::thread::spawn(work).join().is_err());
    /// assert!(path.exists());
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub const fn keep_on_failure(mut self) -> Self {
        self.keep_on_failure = true;
        self
    }

    /// Sets the priority of the removal at exit; [`priority::FILES`] by default. Higher is removed
    /// first.
    ///
    /// ```
    /// use exitmacro::priority;
    /// use exitmacro::resource::{TempOptions, temp_dir_with};
    ///
    /// // After the handlers of telemetry, which write into it.
    /// let after_telemetry = priority::TELEMETRY - 1;
    /// let _spool = temp_dir_with(TempOptions::new().priority(after_telemetry))?;
    /// let plan = exitmacro::plan();
    /// let removal = plan.handlers().iter().find(|found| found.name() == "temporary directory");
    /// assert_eq!(removal.map(|handler| handler.priority()), Some(after_telemetry));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub const fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets how long the removal may take at exit, longer than zero; by default the timeout of all
    /// handlers. The removal of a directory with very many files may need more.
    ///
    /// ```
    /// use exitmacro::resource::{TempOptions, temp_dir_with};
    /// use std::time::Duration;
    ///
    /// let timeout = Duration::from_secs(20);
    /// let _cache = temp_dir_with(TempOptions::new().timeout(timeout))?;
    /// let plan = exitmacro::plan();
    /// let removal = plan.handlers().iter().find(|found| found.name() == "temporary directory");
    /// assert_eq!(removal.map(|handler| handler.timeout()), Some(timeout));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    pub(super) fn keeps_on_failure(&self) -> bool {
        self.keep_on_failure
    }

    /// The options of the removal.
    pub(super) fn cleanup(&self, name: &'static str) -> io::Result<CleanupOptions> {
        let options = CleanupOptions::new().priority(self.priority).name(name);
        match self.timeout {
            Some(timeout) => options.try_timeout(timeout).map_err(|_| {
                invalid("the timeout is zero; write a longer one, or leave it out".to_owned())
            }),
            None => Ok(options),
        }
    }

    /// Makes the directory. From then on this process removes it.
    pub(super) fn make_dir(&self) -> io::Result<PathBuf> {
        const PRIVATE: u32 = 0o700;
        let made = self.make(PRIVATE, |builder, folder| builder.tempdir_in(folder))?;
        Ok(made.keep())
    }

    /// Makes the file, and opens it. From then on this process removes it.
    pub(super) fn make_file(&self) -> io::Result<(File, PathBuf)> {
        const PRIVATE: u32 = 0o600;
        let made = self.make(PRIVATE, |builder, folder| builder.tempfile_in(folder))?;
        Ok(made.keep()?)
    }

    fn make<T>(
        &self,
        default_mode: u32,
        make: impl FnOnce(&tempfile::Builder<'_, '_>, &Path) -> io::Result<T>,
    ) -> io::Result<T> {
        let prefix = self.prefix.as_deref().unwrap_or(OsStr::new(".tmp"));
        let suffix = self.suffix.as_deref().unwrap_or_default();
        check_part("prefix", prefix)?;
        check_part("suffix", suffix)?;
        let folder = match &self.folder {
            Some(folder) => checked_folder(folder)?,
            None => tempfile::env::temp_dir(),
        };
        // A forked child has the parent's source of random characters, and would make the same
        // names. Two of them, each in a process namespace of its own, may have the same number.
        let mut start = prefix.to_owned();
        start.push(format!("{}-", sys::process_id()));
        if identity::was_forked() {
            start.push(format!("{}-", identity::noted()));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(&start).suffix(suffix);
        #[cfg(unix)]
        builder.permissions(checked_mode(self.mode.unwrap_or(default_mode))?);
        #[cfg(not(unix))]
        let _ = default_mode;
        make(&builder, &folder)
    }
}

impl Default for TempOptions {
    fn default() -> Self {
        Self::new()
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

fn has(text: &OsStr, is_it: impl Fn(char) -> bool) -> bool {
    text.to_string_lossy().chars().any(is_it)
}

/// Refuses what is not a part of a file name.
fn check_part(what: &str, part: &OsStr) -> io::Result<()> {
    if has(part, path::is_separator) {
        return Err(invalid(format!(
            "the {what} {part:?} contains a separator of paths; write a part of a file name, and \
             set the folder with `TempOptions::in_dir`"
        )));
    }
    if has(part, |character| character == '\0') {
        return Err(invalid(format!(
            "the {what} {part:?} contains NUL; write a part of a file name without it"
        )));
    }
    Ok(())
}

/// The absolute path of the folder.
fn checked_folder(folder: &Path) -> io::Result<PathBuf> {
    if folder.as_os_str().is_empty() {
        return Err(invalid(
            "the folder is an empty path; write \".\" for the working directory".to_owned(),
        ));
    }
    if has(folder.as_os_str(), |character| character == '\0') {
        return Err(invalid(format!(
            "the folder {folder:?} contains NUL; write a path without it"
        )));
    }
    path::absolute(folder)
}

#[cfg(unix)]
fn checked_mode(mode: u32) -> io::Result<std::fs::Permissions> {
    const PERMISSIONS: u32 = 0o7777;
    if mode & !PERMISSIONS != 0 {
        return Err(invalid(format!(
            "the mode {mode:#o} has bits that are no permissions; write at most {PERMISSIONS:#o}, \
             in octal"
        )));
    }
    Ok(std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(test)]
#[path = "temp_options_tests.rs"]
mod tests;
