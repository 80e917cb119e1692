//! Why signals are not handled.

use crate::handler::signal::Signal;
use core::fmt;
use std::io;

/// Why signals are not handled.
///
/// ```
/// use exitmacro::signals::{self, InstallError, Signal};
///
/// match signals::install([Signal::TERM, Signal::INT]) {
///     Ok(()) | Err(InstallError::AlreadyInstalled) => {}
///     Err(error) => eprintln!("Ctrl-C will skip the exit handlers: {error}"),
/// }
/// assert!(matches!(signals::install([]), Err(InstallError::NoSignals)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum InstallError {
    /// This process already handles signals, by `#[exitmacro::main(signals)]`, `config!`, or an
    /// earlier call.
    AlreadyInstalled,
    /// The list of signals is empty.
    NoSignals,
    /// This signal does not ask a program to end. A function can answer it, see
    /// [`signals::on`](crate::signals::on).
    NotAnEnd(Signal),
    /// No program can handle this signal: SIGKILL.
    CannotBeHandled(Signal),
    /// No thread could be started, or the system refused a signal.
    System(io::Error),
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyInstalled => f.write_str(
                "this process already handles signals; install them once, with all signals listed",
            ),
            Self::NoSignals => {
                f.write_str("no signals to handle; name some, or leave the call out")
            }
            Self::NotAnEnd(signal) => write!(
                f,
                "{signal} does not ask a program to end; answer it by a function, with \
                 `signals::on`"
            ),
            Self::CannotBeHandled(signal) => write!(f, "no program can handle {signal}"),
            Self::System(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for InstallError {}
