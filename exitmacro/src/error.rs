//! The error types, one for each cause.

use core::fmt;
use std::io;

/// Why a handler was not registered.
///
/// ```
/// use exitmacro::{Handler, RegisterError};
/// use std::time::Duration;
///
/// let late = Handler::new("flush").timeout(Duration::ZERO).register(|| ());
/// assert_eq!(late, Err(RegisterError::ZeroTimeout));
///
/// exitmacro::run();
/// assert_eq!(exitmacro::register(|| ()), Err(RegisterError::Finished));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RegisterError {
    /// The handlers have run. A handler that is registered now would never be called.
    Finished,
    /// The timeout is zero, so the handler would be abandoned before it starts.
    ZeroTimeout,
    /// The handler is concurrent and must run on the exiting thread, of which there is only one.
    ConcurrentOnCaller,
    /// The table cannot grow.
    OutOfMemory,
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Finished => "the exit handlers have already run; this one would never be called",
            Self::ZeroTimeout => "the timeout of an exit handler must be longer than zero",
            Self::ConcurrentOnCaller => {
                "an exit handler cannot be concurrent and also run on the exiting thread"
            }
            Self::OutOfMemory => "no memory left for one more exit handler",
        })
    }
}

impl core::error::Error for RegisterError {}

/// Why a process does not own the handlers that it inherited; see [`adopt`](crate::adopt).
///
/// ```
/// use exitmacro::AdoptError;
///
/// exitmacro::run();
/// // Too late, as in a daemon whose parent has run the handlers.
/// assert!(matches!(exitmacro::adopt(), Err(AdoptError::Finished)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum AdoptError {
    /// The handlers have run.
    Finished,
    /// Another process adopted them.
    Taken,
    /// The system had no memory that a process shares with its children, so that the owner would
    /// not learn of the adoption. It keeps the handlers, and runs them.
    NoSharedMemory,
    /// The handlers are adopted, but the signals are not handled here.
    Signals(io::Error),
}

impl fmt::Display for AdoptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => {
                f.write_str("the exit handlers have already run; call `adopt` right after the fork")
            }
            Self::Taken => f.write_str("another process has adopted the exit handlers"),
            Self::NoSharedMemory => f.write_str(
                "there was no memory to share with the process that owns the exit handlers: \
                 it keeps them, and runs them",
            ),
            Self::Signals(error) => {
                write!(f, "the exit handlers are adopted, but signals are not handled: {error}")
            }
        }
    }
}

impl core::error::Error for AdoptError {}

/// Why an [`AtExitCell`](crate::AtExitCell) gives no access to its value.
///
/// ```
/// use exitmacro::{AtExitCell, CellError};
///
/// static CACHE: AtExitCell<Vec<u8>> = AtExitCell::new(Vec::new);
///
/// CACHE.with(|cache| assert!(cache.is_empty()))?;
/// exitmacro::run();
/// assert_eq!(CACHE.get().unwrap_err(), CellError::Closed);
/// # Ok::<(), CellError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CellError {
    /// The value was dropped at exit, or is about to be.
    Closed,
    /// The cell had no value when the handlers ran. No value is made after them, because no handler
    /// would drop it.
    NeverMade,
    /// The initialisation of the cell uses the cell.
    Reentrant,
    /// The cell has no value and no initialisation.
    Empty,
    /// The cell has no value and will have none: the thread that was making it ends the process, or
    /// waits for its end.
    Interrupted,
}

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the value was dropped at exit",
            Self::NeverMade => {
                "the cell had no value when the exit handlers ran, and no value is made after them"
            }
            Self::Reentrant => "the initialisation of the cell uses the cell itself",
            Self::Empty => {
                "the cell is empty; fill it with `get_or_init`, \
                 or give it an initialisation with `new`"
            }
            Self::Interrupted => {
                "busy: the thread that was making the value ends the process, or waits for its end"
            }
        })
    }
}

impl core::error::Error for CellError {}

/// Why [`AtExitCell::try_get_or_init`](crate::AtExitCell::try_get_or_init) gives no access to a
/// value.
///
/// ```
/// use exitmacro::{AtExitCell, TryInitError};
///
/// static PORT: AtExitCell<u16> = AtExitCell::empty();
///
/// let text = "http";
/// match PORT.try_get_or_init(|| text.parse()) {
///     Ok(port) => println!("port {}", *port),
///     Err(TryInitError::Init(error)) => println!("no port: {error}"),
///     Err(error) => panic!("the process ends: {error}"),
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TryInitError<E> {
    /// The cell gives no access.
    Cell(CellError),
    /// The initialisation failed.
    Init(E),
}

impl TryInitError<CellError> {
    pub(crate) fn flatten(self) -> CellError {
        match self {
            Self::Cell(error) | Self::Init(error) => error,
        }
    }
}

impl<E: fmt::Display> fmt::Display for TryInitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell(error) => error.fmt(f),
            Self::Init(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for TryInitError<E> {}
