//! What there is to run: a handler, declared (by attribute, at link time) or registered (at run
//! time), and which process owns it.

pub(crate) mod borrows;
mod callback;
pub(crate) mod clock;
pub(crate) mod context;
pub(crate) mod declared;
pub(crate) mod edge;
pub(crate) mod engine;
pub(crate) mod id;
pub(crate) mod ordered_by;
pub mod priority;
pub(crate) mod raw;
pub(crate) mod signal;
mod when;

pub(crate) use callback::{Callback, Erased, Failure, Returned};
pub use callback::{HandlerFn, HandlerResult, returned};
pub use edge::Orderable;
pub use when::When;

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
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// The line, counted from 1.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Declared with [`at_exit`](macro@crate::at_exit), collected at link time.
    Declared,
    /// Registered at run time, by [`register`](crate::register),
    /// [`Handler::register`](crate::Handler::register) or [`guard`](crate::guard).
    Registered,
    /// A value that was given to [`track`](fn@crate::track).
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

/// The place of a handler in the order: the greatest rank runs first.
///
/// Among equal priorities the later registration wins. Declared handlers have sequence 0, so that
/// registered ones come before them; their own order is settled by where they stand in the source,
/// see [`declared::Declared::reading_position`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    pub(crate) priority: i32,
    pub(crate) sequence: u64,
    /// The slot of a registered handler, the element of a declared one. Compared last, where only
    /// declared handlers of one priority are left.
    pub(crate) index: u32,
}

impl Rank {
    pub(crate) const fn is_declared(self) -> bool {
        self.sequence == 0
    }
}
