//! Signals, and what a program may answer to one.

use core::ffi::c_int;
use core::fmt;

/// A signal of the operating system, by its number.
///
/// ```
/// use exitmacro::Signal;
///
/// fn sender(signal: Signal) -> &'static str {
///     match signal {
///         Signal::INT => "the user",
///         # #[cfg(unix)]
///         Signal::HUP => "the terminal",
///         Signal::TERM => "the service manager",
///         _ => "another program",
///     }
/// }
///
/// assert_eq!(Signal::TERM.to_string(), "SIGTERM");
/// assert_eq!(sender(Signal::INT), "the user");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signal(c_int);

/// WASI has these numbers without the signals.
#[cfg(target_os = "wasi")]
mod libc {
    pub(super) const SIGINT: i32 = 2;
    pub(super) const SIGTERM: i32 = 15;
}

/// Defines the constants and their names together, so that each constant has a name.
macro_rules! signals {
    ($($(#[$condition:meta])* $name:ident = $number:expr, $meaning:literal;)*) => {
        impl Signal {
            $(#[doc = $meaning] $(#[$condition])* pub const $name: Self = Self($number);)*

            /// The name, such as `SIGTERM`; `None` for a signal that has no constant here.
            ///
            /// ```
            /// use exitmacro::Signal;
            ///
            /// assert_eq!(Signal::INT.name(), Some("SIGINT"));
            /// ```
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                $($(#[$condition])* if self == Self::$name {
                    return Some(concat!("SIG", stringify!($name)));
                })*
                None
            }
        }
    };
}

signals! {
    INT = libc::SIGINT, "`Ctrl-C`.";
    TERM = libc::SIGTERM, "The polite request to end, from `kill`, systemd, Kubernetes; on Windows \
        Ctrl-Break, a console that is closed, a logoff, or a shutdown.";
    #[cfg(unix)]
    HUP = libc::SIGHUP, "The terminal is gone.";
    #[cfg(unix)]
    QUIT = libc::SIGQUIT, "`Ctrl-\\`. Its default also dumps core.";
    #[cfg(unix)]
    KILL = libc::SIGKILL, "Ends the process at once. For another process, such as a child: no \
        program can handle it.";
    #[cfg(unix)]
    USR1 = libc::SIGUSR1, "Free for the program's own use.";
    #[cfg(unix)]
    USR2 = libc::SIGUSR2, "Free for the program's own use.";
    #[cfg(unix)]
    ALRM = libc::SIGALRM, "The timer of `alarm` has expired.";
    #[cfg(unix)]
    VTALRM = libc::SIGVTALRM, "A timer of processor time has expired.";
    #[cfg(unix)]
    PROF = libc::SIGPROF, "A profiling timer has expired.";
    #[cfg(unix)]
    XCPU = libc::SIGXCPU, "The limit of processor time is reached. Its default also dumps core.";
    #[cfg(unix)]
    XFSZ = libc::SIGXFSZ, "The limit of file size is reached. Its default also dumps core.";
    #[cfg(unix)]
    IO = libc::SIGIO, "Input or output is possible.";
    #[cfg(unix)]
    TSTP = libc::SIGTSTP, "`Ctrl-Z`: stop, until [`CONT`](Self::CONT). Does not ask for the end.";
    #[cfg(unix)]
    CONT = libc::SIGCONT, "The process continues after a stop. Does not ask for the end.";
    #[cfg(unix)]
    WINCH = libc::SIGWINCH, "The terminal has another size. Does not ask for the end.";
    #[cfg(unix)]
    CHLD = libc::SIGCHLD, "A child has ended, stopped or continued. Does not ask for the end.";
}

impl Signal {
    /// The number that the operating system uses.
    ///
    /// ```
    /// use exitmacro::Signal;
    ///
    /// assert_eq!([Signal::INT, Signal::TERM].map(Signal::number), [2, 15]);
    /// ```
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The exit status that shells and service managers use for a process that this signal ended:
    /// 128 plus its number.
    ///
    /// ```
    /// assert_eq!(exitmacro::Signal::TERM.status(), 143);
    /// ```
    #[must_use]
    pub const fn status(self) -> i32 {
        128 + self.0
    }

    /// Whether a program may be configured to end by it, if a program can handle it.
    #[cfg(feature = "signals")]
    pub(crate) fn asks_for_the_end(self) -> bool {
        #[cfg(unix)]
        return ![Self::TSTP, Self::CONT, Self::WINCH, Self::CHLD].contains(&self);
        #[cfg(not(unix))]
        return true;
    }

    /// Whether a program can do something about it.
    #[cfg(feature = "signals")]
    pub(crate) fn can_be_handled(self) -> bool {
        #[cfg(unix)]
        return self != Self::KILL;
        #[cfg(not(unix))]
        return true;
    }

    #[cfg(feature = "signals")]
    pub(crate) const fn from_number(number: c_int) -> Self {
        Self(number)
    }
}

/// What a function answers to a signal; see [`signals::on`](crate::signals::on).
///
/// ```
/// use exitmacro::signals::{self, Answer, Signal};
///
/// # fn print_plan() {}
/// # #[cfg(unix)] {
/// signals::on(Signal::USR1, |_| {
///     print_plan();
///     Answer::Handled
/// })?;
/// # }
/// # Ok::<(), signals::InstallError>(())
/// ```
#[cfg(feature = "signals")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// The signal is dealt with, and the program continues.
    Handled,
    /// The signal ends the program, as it would without the function.
    End,
    /// The process stops, as by the default of SIGTSTP, until it gets SIGCONT. For a function that
    /// gives the terminal back before.
    #[cfg(unix)]
    Stop,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "signal {}", self.0),
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_is_the_name_or_the_number() {
        assert_eq!(format!("{:?} {:?}", Signal::TERM, Signal(200)), "SIGTERM signal 200");
    }
}
