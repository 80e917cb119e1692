//! What a handler can learn about the end of the process.

use crate::handler::clock::Moment;
use crate::handler::live::Live;
use crate::handler::signal::Signal;
use core::fmt;
use std::time::{Duration, Instant};

/// Why the process ends, as far as the run can know.
///
/// The guide: [exit status](crate::guide::exit_status).
///
/// ```
/// use exitmacro::{ExitContext, ExitReason, at_exit};
///
/// #[at_exit]
/// fn say_why(exit: &ExitContext) {
///     if exit.reason() == ExitReason::Unload {
///         // The plugin is unloaded, and the process continues.
///     }
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExitReason {
    /// `main` returned, in a program whose `main` carries
    /// [`#[exitmacro::main]`](macro@crate::main).
    Return,
    /// The process exits. Some code called `std::process::exit`, C `exit`,
    /// [`exit`](fn@crate::exit), or [`request_with`](crate::shutdown::request_with). Or `main`
    /// returned, with or without a panic, in a program without
    /// [`#[exitmacro::main]`](macro@crate::main): libc's hook cannot distinguish these. The status
    /// is in [`ExitContext::code`].
    Exit,
    /// `main` panicked, in a program whose `main` carries
    /// [`#[exitmacro::main]`](macro@crate::main); or a panic anywhere is about to abort the
    /// process.
    Panic,
    /// A signal ends the process.
    Signal(Signal),
    /// The program called [`run`](crate::run) by hand.
    Requested,
    /// The shared object that holds the handlers is unloaded, by `dlclose`, or because the process
    /// ends while it is loaded. libc does not distinguish these. With glibc,
    /// [`ExitContext::code`] is the status of a process that fails; otherwise it is `None`.
    Unload,
}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Return => f.pad("return"),
            Self::Exit => f.pad("exit"),
            Self::Panic => f.pad("panic"),
            Self::Signal(signal) => fmt::Display::fmt(signal, f),
            Self::Requested => f.pad("requested"),
            Self::Unload => f.pad("unload"),
        }
    }
}

/// Gives a handler access to the run that it is part of.
///
/// Handlers that take one argument get a reference to it. It is `Sync`: threads that the handler
/// starts and joins may use it too.
///
/// The guide: [start](crate::guide::start), [limits](crate::guide::limits).
///
/// ```
/// use exitmacro::{ExitContext, at_exit};
///
/// #[at_exit(timeout = "2s")]
/// fn drain(exit: &ExitContext) -> Result<(), String> {
///     # fn send_one() -> bool { false }
///     while send_one() {
///         if exit.remaining().is_zero() {
///             return Err("some metrics were not sent".to_owned());
///         }
///     }
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub struct ExitContext {
    pub(crate) reason: ExitReason,
    pub(crate) deadline: Moment,
    pub(crate) invocation: u64,
    pub(crate) slot: u8,
    pub(crate) live: &'static Live,
}

impl ExitContext {
    /// Why the process ends.
    ///
    /// ```
    /// use exitmacro::{ExitContext, ExitReason};
    ///
    /// exitmacro::register(|exit: &ExitContext| assert_eq!(exit.reason(), ExitReason::Requested))?;
    /// assert!(exitmacro::run().is_success());
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn reason(&self) -> ExitReason {
        self.reason
    }

    /// The exit status that the process will end with, unless a handler changes it, or one fails in
    /// a program with `on_failure`, whose status comes after the last handler. Its parent sees 8
    /// bits of it on Unix, and `when` and `on_failure` use only these: 256 is a success.
    ///
    /// `None` when it is not known: during [`run`](crate::run) by hand until a handler sets it, and
    /// where libc does not pass it.
    ///
    /// # Platform
    ///
    /// The status is known with glibc (not under ThreadSanitizer and MemorySanitizer), with musl on
    /// x86_64, i686 and aarch64, and on Windows unless the C runtime is linked statically.
    /// Elsewhere libc does not pass it, so until a handler sets it, it is `None` after C `exit`,
    /// `std::process::exit`, and the return of a `main` without
    /// [`#[exitmacro::main]`](macro@crate::main). Such a process never reports success in place of
    /// a failure, but one status may replace another:
    ///
    /// - `on_failure = code(3)` also replaces a failure;
    /// - when `main` ends within the grace, `on_signal = exit_zero` and `request_with(0)` leave its
    ///   status, and any other status that was asked for replaces it;
    /// - the status is 1 when a handler calls C `exit` or `std::process::exit` while another thread
    ///   ends the process through libc, when an `atexit` function calls [`exit`](crate::exit())
    ///   with 0, and when the exiting thread hangs.
    ///
    /// The guide: [exit status](crate::guide::exit_status).
    ///
    /// ```
    /// exitmacro::register(|exit: &exitmacro::ExitContext| {
    ///     assert_eq!(exit.code(), None); // The process continues after this run.
    ///     exit.set_code(74);
    ///     assert_eq!(exit.code(), Some(74));
    /// })?;
    /// assert!(exitmacro::run().is_success());
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.live.code()
    }

    /// Sets the exit status of the process to `code`. The last call wins. An abandoned handler has
    /// no effect.
    ///
    /// After [`run`](crate::run) by hand the process continues, so there the status counts for the
    /// handlers that follow only: for their `when`, and for the next [`code`](Self::code).
    ///
    /// # Platform
    ///
    /// On Unix the parent of the process sees 8 bits of `code`, on Windows all 32. When a plugin is
    /// closed, or the process ends while it is loaded, only later handlers of the plugin see it.
    ///
    /// ```
    /// use exitmacro::{ExitContext, at_exit};
    ///
    /// #[at_exit]
    /// fn commit(exit: &ExitContext) {
    ///     # fn has_committed() -> bool { true }
    ///     if !has_committed() {
    ///         exit.set_code(74);
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    pub fn set_code(&self, code: i32) {
        if !self.is_abandoned() {
            self.live.set_code(code);
        }
    }

    /// When this handler will be abandoned: the end of its timeout or of its share of the budget,
    /// whichever comes first. While other handlers wait, the share is 90 % of the budget that was
    /// left when this handler started, or all of it when that was less than 100 ms. Once that has
    /// passed, the current time. `None` when it is too far away for the clock.
    ///
    /// ```
    /// use exitmacro::ExitContext;
    /// use std::time::{Duration, Instant};
    ///
    /// exitmacro::register(|exit: &ExitContext| {
    ///     let end = exit.deadline().expect("10 seconds are not too far away");
    ///     assert!(end <= Instant::now() + Duration::from_secs(10));
    /// })?;
    /// assert!(exitmacro::run().is_success());
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        (self.deadline != Moment::NEVER)
            .then(|| Instant::now() + self.deadline.since(Moment::now()))
    }

    /// The time left until [`deadline`](Self::deadline), zero once it has passed.
    ///
    /// ```
    /// use exitmacro::{ExitContext, at_exit};
    /// use std::sync::Mutex;
    ///
    /// static QUEUE: Mutex<Vec<String>> = Mutex::new(Vec::new());
    ///
    /// #[at_exit(timeout = "5s")]
    /// fn drain(exit: &ExitContext) -> Result<(), &'static str> {
    ///     # fn send(_: String, _timeout: std::time::Duration) {}
    ///     while let Some(message) = QUEUE.lock().map_err(|_| "the queue is lost")?.pop() {
    ///         send(message, exit.remaining() / 2);
    ///     }
    ///     Ok(())
    /// }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn remaining(&self) -> Duration {
        if self.deadline == Moment::NEVER {
            Duration::MAX
        } else {
            self.deadline.since(Moment::now())
        }
    }

    /// Whether the run has abandoned this handler. It has been reported as timed out, and the next
    /// handler is running. Nothing that it still does counts, so it should return.
    ///
    /// ```
    /// use exitmacro::{ExitContext, at_exit};
    ///
    /// #[at_exit(timeout = "2s")]
    /// fn upload(exit: &ExitContext) {
    ///     # let parts = [0_u8; 3];
    ///     for part in parts {
    ///         # fn send(_: u8) {}
    ///         send(part);
    ///         if exit.is_abandoned() {
    ///             return;
    ///         }
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        !self.live.is_current(self.slot, self.invocation)
    }
}

impl fmt::Debug for ExitContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExitContext")
            .field("reason", &self.reason)
            .field("code", &self.code())
            .field("remaining", &self.remaining())
            .field("is_abandoned", &self.is_abandoned())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::live::NO_INVOCATION;

    #[test]
    fn an_abandoned_handler_cannot_set_the_status() {
        static LIVE: Live = Live::new();
        LIVE.set_invocation(2, 1);
        let exit = ExitContext {
            reason: ExitReason::Exit,
            deadline: Moment::NEVER,
            invocation: 1,
            slot: 2,
            live: &LIVE,
        };
        exit.set_code(3);
        assert!(!exit.is_abandoned());
        LIVE.set_invocation(2, NO_INVOCATION);
        exit.set_code(4);
        assert!(exit.is_abandoned());
        assert_eq!(exit.code(), Some(3));
    }

    #[test]
    fn a_deadline_is_as_far_away_as_the_remaining_time() {
        static LIVE: Live = Live::new();
        let until = |deadline: Moment| ExitContext {
            reason: ExitReason::Exit,
            deadline,
            invocation: 1,
            slot: 0,
            live: &LIVE,
        };
        let (hour, minute, before) =
            (Duration::from_secs(3600), Duration::from_secs(60), Instant::now());
        let exit = until(Moment::now().plus(hour));
        let (deadline, remaining) =
            (exit.deadline().expect("the clock goes that far"), exit.remaining());
        assert!((before + hour - minute..=Instant::now() + hour).contains(&deadline));
        assert!((hour - minute..=hour).contains(&remaining));

        let (before, past) = (Instant::now(), until(Moment::from_bits(0)));
        assert!(
            past.deadline().is_some_and(|deadline| (before..=Instant::now()).contains(&deadline))
        );
        assert_eq!(past.remaining(), Duration::ZERO);

        assert_eq!(
            (until(Moment::NEVER).deadline(), until(Moment::NEVER).remaining()),
            (None, Duration::MAX)
        );
    }

    #[test]
    fn reasons_are_named_and_padded() {
        let reasons = [
            ExitReason::Return,
            ExitReason::Exit,
            ExitReason::Panic,
            ExitReason::Signal(Signal::TERM),
            ExitReason::Requested,
            ExitReason::Unload,
        ];
        let names = reasons.map(|reason| format!("{reason:>9}"));
        assert_eq!(
            names,
            ["   return", "     exit", "    panic", "  SIGTERM", "requested", "   unload"]
        );
    }

    #[test]
    fn debug_output_shows_what_the_methods_return() {
        static LIVE: Live = Live::new();
        let exit = ExitContext {
            reason: ExitReason::Unload,
            deadline: Moment::NEVER,
            invocation: 1,
            slot: 0,
            live: &LIVE,
        };
        let expected = format!(
            "ExitContext {{ reason: Unload, code: None, remaining: {:?}, is_abandoned: true }}",
            Duration::MAX
        );
        assert_eq!(format!("{exit:?}"), expected);
    }
}
