//! One error type a cause.

use core::fmt;

/// Why a handler was not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RegisterError {
    /// The handlers have run. Nothing registered now would ever be called.
    Finished,
    /// The timeout is zero, so the handler would be abandoned before it starts.
    ZeroTimeout,
    /// The table cannot grow.
    OutOfMemory,
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Finished => "the exit handlers have already run; this one would never be called",
            Self::ZeroTimeout => "the timeout of an exit handler must be longer than zero",
            Self::OutOfMemory => "no memory left for one more exit handler",
        })
    }
}

impl core::error::Error for RegisterError {}
