//! Why a temporary file or directory was not moved to its destination.

use crate::resource::cleanup::AtExitCleanup;
use crate::resource::tracked::Tracked;
use core::error::Error;
use core::fmt;
use std::io;

/// A temporary file or directory that was not moved to its destination, and the reason. Returned by
/// [`TempFile::persist`](crate::resource::TempFile::persist) and
/// [`TempDir::persist`](crate::resource::TempDir::persist).
///
/// It owns the handle: if it drops, so does the handle, and the file is removed with the last one.
/// The conversion into [`io::Error`], as by `?`, drops the handle.
///
/// ```
/// use exitmacro::resource::{TempFile, temp_file};
///
/// let error = TempFile::persist(temp_file()?, "/missing/folder/report").unwrap_err();
/// assert_eq!(error.error().kind(), std::io::ErrorKind::NotFound);
/// let file = error.into_value();
/// assert!(file.path().exists());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct PersistError<T: AtExitCleanup + 'static> {
    error: io::Error,
    value: Tracked<T>,
}

impl<T: AtExitCleanup + 'static> PersistError<T> {
    pub(super) fn new(error: io::Error, value: Tracked<T>) -> Self {
        Self { error, value }
    }

    /// The reason, with both paths.
    ///
    /// ```
    /// use exitmacro::resource::{TempFile, temp_file};
    /// use std::io::ErrorKind;
    ///
    /// let error = TempFile::persist(temp_file()?, "/missing/folder/report").unwrap_err();
    /// assert_eq!(error.error().kind(), ErrorKind::NotFound);
    /// assert!(error.error().to_string().contains("/missing/folder/report"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn error(&self) -> &io::Error {
        &self.error
    }

    /// Gives the handle back. The file or directory was not moved, and is removed when the last
    /// handle drops, or at exit.
    ///
    /// ```
    /// use exitmacro::resource::{TempFile, temp_file};
    ///
    /// # let dir = exitmacro::resource::temp_dir()?;
    /// # let path = dir.path().join("report");
    /// let error = TempFile::persist(temp_file()?, "/missing/folder/report").unwrap_err();
    /// TempFile::persist(error.into_value(), &path)?; // Somewhere else instead.
    /// assert!(path.exists());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_value(self) -> Tracked<T> {
        self.value
    }
}

impl<T: AtExitCleanup + 'static> fmt::Display for PersistError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T: AtExitCleanup + fmt::Debug + 'static> Error for PersistError<T> {}

impl<T: AtExitCleanup + 'static> From<PersistError<T>> for io::Error {
    fn from(error: PersistError<T>) -> Self {
        error.error
    }
}
