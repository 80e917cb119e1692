//! The outcome of one handler.

use core::fmt;

/// The outcome of one handler.
///
/// The guide: [limits](crate::guide::limits).
///
/// ```
/// use exitmacro::Outcome;
///
/// exitmacro::register(|| Err::<(), _>("disk full"))?;
/// for handler in exitmacro::run().handlers() {
///     match handler.outcome() {
///         Outcome::Failed(error) => assert_eq!(error, "disk full"),
///         Outcome::Panicked(message) => eprintln!("{} has a bug: {message}", handler.name()),
///         _ => {}
///     }
/// }
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned without an error.
    Completed,
    /// It returned an `Err`, with this text.
    Failed(String),
    /// It panicked, with this message.
    Panicked(String),
    /// It was still running when its timeout or the budget expired, and was abandoned. Also a
    /// handler that exceeded its timeout where it cannot be interrupted: in a shared object, or
    /// when no thread could be started.
    TimedOut,
    /// It was not run.
    Skipped(SkipReason),
    /// It ended itself by exiting with this status. 1 stands for one that is not known: that of C
    /// `exit` and `std::process::exit`, where libc does not give it (see
    /// [`ExitContext::code`](crate::ExitContext::code)).
    Exited(i32),
}

/// Why a handler was not run.
///
/// ```
/// use exitmacro::{Handler, HandlerReport, Outcome, SkipReason, When};
///
/// Handler::new("save").when(When::Signal).register(|| ())?;
/// let report = exitmacro::run();
/// let save = report.handlers().iter().find(|handler| handler.name() == "save");
/// let skipped = Outcome::Skipped(SkipReason::When);
/// assert_eq!(save.map(HandlerReport::outcome), Some(&skipped));
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// The budget of the whole run was used up.
    Budget,
    /// `EXITMACRO_SKIP` matches its name.
    Environment,
    /// Its `when` does not match this exit; see [`When`](crate::When).
    When,
    /// Its `when` asks for success or failure, and libc does not give the exit status; see
    /// [`ExitContext::code`](crate::ExitContext::code). After the return of a `main` with
    /// [`#[exitmacro::main]`](macro@crate::main), and [`exit`](fn@crate::exit), it is known.
    UnknownStatus,
}

impl Outcome {
    /// Whether the handler succeeded: it completed, or it ended by an exit.
    ///
    /// ```
    /// use exitmacro::{Outcome, SkipReason};
    ///
    /// assert!(Outcome::Completed.is_success() && Outcome::Exited(1).is_success());
    /// assert!(!Outcome::Skipped(SkipReason::When).is_success());
    /// ```
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Completed | Self::Exited(_))
    }
}

impl Outcome {
    /// Whether the handler failed. A handler that was skipped on request did not.
    pub(crate) fn is_failure(&self) -> bool {
        !self.is_success()
            && !matches!(self, Self::Skipped(SkipReason::Environment | SkipReason::When))
    }

    /// Whether only `EXITMACRO_LOG=trace` prints a line about it.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_success() || *self == Self::Skipped(SkipReason::When)
    }
}

#[cfg(any(feature = "serde", events))]
impl Outcome {
    /// Its name in data.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed(_) => "failed",
            Self::Panicked(_) => "panicked",
            Self::TimedOut => "timed_out",
            Self::Skipped(_) => "skipped",
            Self::Exited(_) => "exited",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed => f.write_str("completed"),
            Self::Failed(message) => write!(f, "failed: {message}"),
            Self::Panicked(message) => write!(f, "panicked: {message}"),
            Self::TimedOut => f.write_str("timed out"),
            Self::Skipped(SkipReason::Budget) => f.write_str("skipped: the budget is used up"),
            Self::Skipped(SkipReason::When) => {
                f.write_str("skipped: its `when` does not match this exit")
            }
            Self::Skipped(SkipReason::UnknownStatus) => {
                f.write_str("skipped: the exit status is not known")
            }
            Self::Skipped(SkipReason::Environment) => {
                f.write_str("skipped: EXITMACRO_SKIP matches it")
            }
            Self::Exited(code) => write!(f, "exited with {code}"),
        }
    }
}
