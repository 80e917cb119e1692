//! Where a handler stands in the source, and how it came into the program.

use core::fmt;

/// Where a handler stands in the source: `file:line`.
///
/// For a declared handler it is the line of the function's name, for a registered one the line of
/// the call that registered it.
///
/// ```
/// exitmacro::register(|| ())?;
/// assert!(exitmacro::plan().handlers()[0].location().file().ends_with(".rs"));
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    file: &'static str,
    line: u32,
}

impl Location {
    pub(crate) const fn new(file: &'static str, line: u32) -> Self {
        Self { file, line }
    }

    /// The source file, as the compiler was told its path.
    ///
    /// ```
    /// exitmacro::register(|| ())?;
    /// let plan = exitmacro::plan();
    /// assert!(plan.handlers().iter().any(|handler| handler.location().file() == file!()));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// The line, counted from 1.
    ///
    /// ```
    /// let line = line!() + 1;
    /// exitmacro::register(|| ())?;
    /// let plan = exitmacro::plan();
    /// assert!(plan.handlers().iter().any(|handler| handler.location().line() == line));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Where a handler came from.
///
/// ```
/// use exitmacro::{PlannedHandler, Source};
///
/// exitmacro::register(|| ())?;
/// let plan = exitmacro::plan();
/// let mut sources = plan.handlers().iter().map(PlannedHandler::source);
/// assert!(sources.any(|source| source == Source::Registered));
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Declared with [`at_exit`](macro@crate::at_exit), collected at link time.
    Declared,
    /// Registered at run time, by [`register`](crate::register),
    /// [`Handler::register`](crate::Handler::register), [`guard`](crate::guard) or another guard,
    /// or by an [`AtExitCell`](crate::AtExitCell) that was filled.
    Registered,
    /// A value that was given to [`track`](fn@crate::track), or a [`resource`](crate::resource).
    Tracked,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Declared => "declared",
            Self::Registered => "registered",
            Self::Tracked => "tracked",
        })
    }
}
