//! What became of a handler, in a word or with its text, and what bounded its time.

use crate::text::duration::Size;
use core::fmt;
use core::time::Duration;

/// What became of one handler.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned, and not with an error.
    Completed,
    /// It returned an `Err`, with this text.
    Failed(String),
    /// It panicked, with this message.
    Panicked(String),
    /// It was still running when its timeout or the budget ended, and was abandoned. A handler that
    /// ran where nobody could interrupt it (in a shared object, or when no thread could be started)
    /// and took longer than its timeout counts too.
    TimedOut,
    /// It was not run.
    Skipped(SkipReason),
    /// It ended itself by asking for the end of the process, with this status.
    Exited(i32),
}

/// Why a handler was not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// The budget of the whole run was used up.
    Budget,
    /// `EXITMACRO_SKIP` names it.
    Environment,
    /// The process ends in another way than the handler is for; see [`When`](crate::When).
    When,
    /// The handler is for success or for failure, and libc does not tell the exit status (all but
    /// glibc, without [`#[exitmacro::main]`](macro@crate::main)).
    UnknownStatus,
}

impl Outcome {
    /// Whether the handler did what it was asked to: it completed, or it ended by asking for an
    /// exit.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Completed | Self::Exited(_))
    }

    /// Whether something went wrong. A handler that was left out because somebody asked for that
    /// did not fail.
    pub(crate) fn is_failure(&self) -> bool {
        !self.is_success()
            && !matches!(self, Self::Skipped(SkipReason::Environment | SkipReason::When))
    }

    /// Whether it is as it should be, so that stderr hears of it only when it hears of everything.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_success() || *self == Self::Skipped(SkipReason::When)
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
                f.write_str("skipped: EXITMACRO_SKIP asks for that")
            }
            Self::Exited(code) => write!(f, "exited with {code}"),
        }
    }
}

/// What bounded the time of a handler. Its `Display` reads "its timeout is 10s".
///
/// The shortest of three: the timeout of the handler; while others wait, nine tenths of what is
/// left of the budget; and otherwise all that is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// Its own timeout, or that of the program for all handlers.
    Timeout(Duration),
    /// Its share of what was left of the budget when it started. Other handlers waited, or, of an
    /// `async fn`, time was kept to drop its future.
    #[non_exhaustive]
    Share {
        /// The share.
        share: Duration,
        /// What was left.
        left: Duration,
    },
    /// All that was left of the budget when it started.
    #[non_exhaustive]
    Budget {
        /// What was left.
        left: Duration,
        /// The budget of the run.
        budget: Duration,
    },
}

impl Limit {
    /// How long the handler had.
    #[must_use]
    pub fn duration(&self) -> Duration {
        match *self {
            Self::Timeout(time)
            | Self::Share { share: time, .. }
            | Self::Budget { left: time, .. } => time,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Timeout(timeout) => write!(f, "its timeout is {}", Size(timeout)),
            Self::Share { share, left } => {
                write!(f, "its share of the budget was {}, of {} left", Size(share), Size(left))
            }
            Self::Budget { left, budget } => {
                write!(f, "{} were left of the budget of {}", Size(left), Size(budget))
            }
        }
    }
}

/// The thread that a handler ran on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandlerThread {
    /// A thread that the run started.
    Runner,
    /// The thread that triggered the run: the exiting one, or the one that called
    /// [`run`](crate::run).
    Caller,
}

impl fmt::Display for HandlerThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Runner => "runner",
            Self::Caller => "caller",
        })
    }
}
