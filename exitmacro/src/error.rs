//! One error type a cause.

use core::fmt;
use std::io;

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

/// Why a process does not own the handlers that it inherited; see [`adopt`](crate::adopt).
#[derive(Debug)]
#[non_exhaustive]
pub enum AdoptError {
    /// The handlers have run.
    Finished,
    /// Another process adopted them.
    Taken,
    /// The handlers are adopted, but the signals are not handled here.
    Signals(io::Error),
}

impl fmt::Display for AdoptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("the exit handlers have already run; call `adopt` right after the fork"),
            Self::Taken => f.write_str("another process has adopted the exit handlers"),
            Self::Signals(error) => write!(f, "the exit handlers are adopted, but signals are not handled: {error}"),
        }
    }
}

impl core::error::Error for AdoptError {}

/// Why signals are not handled.
#[cfg(feature = "signals")]
#[derive(Debug)]
#[non_exhaustive]
pub enum InstallError {
    /// This process handles signals already, by `#[exitmacro::main(signals)]`, `config!`, or an earlier call.
    AlreadyInstalled,
    /// No thread could be started, or the system refused a signal.
    System(io::Error),
}

#[cfg(feature = "signals")]
impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyInstalled => f.write_str("this process handles signals already; say it once, where all signals are listed"),
            Self::System(error) => error.fmt(f),
        }
    }
}

#[cfg(feature = "signals")]
impl core::error::Error for InstallError {}
