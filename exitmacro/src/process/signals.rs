//! Ending by a signal: the handlers run, then the process ends with the status that its parent
//! expects.
//!
//! The *program* decides about signals, not a library: in `#[exitmacro::main(signals)]`, in
//! `config!`, or here with [`install`]. What then happens:
//!
//! 1. The first signal asks: [`shutdown`](crate::shutdown) is requested. Nothing is printed unless
//!    stderr is a terminal; in raw mode, where the program draws, nothing is printed either.
//! 2. The handlers run: at once, or with a [`grace`](Signals::grace) when `main` has returned or
//!    the grace has expired. [`drained`](crate::shutdown::drained) ends it early.
//! 3. The process ends as configured by [`OnSignal`].
//! 4. A second signal, at any time after the first, ends the process at once with status 128 plus
//!    its number, whatever hangs. A line on stderr names the handler that was running, for how
//!    long, and how many did not run. The *same* signal within 250 ms of the first one does not
//!    count as a second one: `timeout`, shells and wrappers that forward Ctrl-C deliver one request
//!    twice.
//!
//! A `main` that returns with success because it was asked to ends by the policy, too; a `main`
//! that fails keeps its status. Without `#[exitmacro::main]`, a return cannot be distinguished from
//! `std::process::exit(0)`, and both end by the policy.
//! `std::process::exit` with another status keeps it.
//!
//! A signal that is ignored when this is installed, as under `nohup`, or as SIGINT in the
//! background of a script (`program &`), stays ignored. A signal handler that is installed before
//! is kept and called first. One that signal-hook or tokio installs later is called as well. One
//! that is installed later by `sigaction`, such as that of ctrlc, replaces the handler of this
//! crate, which gets the signal no more. SIGPIPE is never changed, and no signal is blocked, but
//! for the moment in which a line is written. A signal that is named here and was blocked when the
//! program started, as some starters leave it over `exec`, is unblocked on the thread that watches
//! for it; the masks of other threads stay. A forked child gets the earlier dispositions back.
//!
//! A signal that is not the end is answered by a function of the program: see [`on`].
//!
//! The guide: [signals](crate::guide::signals).

#![doc(alias("ctrlc", "ctrl-c", "sigterm", "sigint"))]

use crate::config::declared::Settings;
use crate::fork::identity;
use crate::inherited::signal_owner::INSTALLED_BY;
use crate::process::{asked, signal_calls, signal_handler, signal_policy};
use crate::report::line::say;
use core::time::Duration;
use std::io;
use std::sync::atomic::Ordering::SeqCst;

pub use crate::config::declared::OnSignal;
pub use crate::handler::signal::{Answer, Signal};
pub use crate::process::install_error::InstallError;
pub use crate::process::signal_calls::on;

/// Handles these signals with the default policy: the handlers run at once, and the status is 128
/// plus the number of the signal.
///
/// # Threads
///
/// May be called on any thread. Starts one, named `exitmacro-watch`, and waits until it has
/// arrived, at most for a second. That thread ends the process when a signal arrives.
///
/// # Platform
///
/// On Unix this crate installs its own OS handler, with `SA_RESTART`, so that a system call that
/// the signal interrupts continues. On Windows signal-hook installs it. On WASI there are no
/// signals, and the call returns an error.
///
/// # Errors
///
/// [`InstallError::NoSignals`] when there are none, [`InstallError::NotAnEnd`] when one of them
/// does not ask a program to end, [`InstallError::CannotBeHandled`] for SIGKILL,
/// [`InstallError::AlreadyInstalled`] when this process handles signals already,
/// [`InstallError::System`] when no thread can be started or the system refuses a signal.
///
/// ```
/// use exitmacro::Signal;
///
/// exitmacro::signals::install([Signal::TERM, Signal::INT])?;
/// # Ok::<(), exitmacro::signals::InstallError>(())
/// ```
pub fn install(signals: impl IntoIterator<Item = Signal>) -> Result<(), InstallError> {
    Signals::new(signals).install()
}

/// Which signals to handle, and how.
///
/// ```
/// use exitmacro::signals::{OnSignal, Signal, Signals};
/// use std::time::Duration;
///
/// Signals::new([Signal::TERM])
///     .on_signal(OnSignal::ExitZero)
///     .grace(Duration::from_secs(10))
///     .install()?;
/// # Ok::<(), exitmacro::signals::InstallError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is handled before `install` is called"]
pub struct Signals {
    signals: Vec<Signal>,
    on_signal: OnSignal,
    grace: Duration,
}

impl Signals {
    /// Creates a configuration for these signals.
    ///
    /// ```
    /// use exitmacro::signals::{Signal, Signals};
    ///
    /// // The same as `signals::install([Signal::INT, Signal::TERM])`.
    /// Signals::new([Signal::INT, Signal::TERM]).install()?;
    /// # Ok::<(), exitmacro::signals::InstallError>(())
    /// ```
    pub fn new(signals: impl IntoIterator<Item = Signal>) -> Self {
        Self {
            signals: signals.into_iter().collect(),
            on_signal: OnSignal::default(),
            grace: Duration::ZERO,
        }
    }

    /// Sets how the process ends, [`OnSignal::ExitCode`] by default.
    ///
    /// ```
    /// use exitmacro::signals::{OnSignal, Signal, Signals};
    ///
    /// // The parent sees a process that SIGINT has ended, and a shell script ends as well.
    /// Signals::new([Signal::INT]).on_signal(OnSignal::Reraise).install()?;
    /// # Ok::<(), exitmacro::signals::InstallError>(())
    /// ```
    pub fn on_signal(mut self, on_signal: OnSignal) -> Self {
        self.on_signal = on_signal;
        self
    }

    /// Sets how long `main` may take to return before the handlers begin, zero by default. It is
    /// part of the budget of the run, and cut to half of the budget if it is not shorter. It also
    /// holds after [`request_with`](crate::shutdown::request_with), and may end early: see
    /// [`drained`](crate::shutdown::drained).
    ///
    /// ```no_run
    /// use exitmacro::shutdown;
    /// use exitmacro::signals::{Signal, Signals};
    /// use std::time::Duration;
    ///
    /// Signals::new([Signal::TERM]).grace(Duration::from_secs(10)).install()?;
    /// shutdown::wait();
    /// // Up to 10 seconds for work in flight; then the handlers run.
    /// # Ok::<(), exitmacro::signals::InstallError>(())
    /// ```
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Handles the signals from now on; see [`install`].
    ///
    /// # Errors
    ///
    /// Those of [`install`].
    ///
    /// ```
    /// use exitmacro::signals::{InstallError, Signal, Signals};
    ///
    /// Signals::new([Signal::TERM]).install()?;
    /// let again = Signals::new([Signal::INT]).install();
    /// assert!(matches!(again, Err(InstallError::AlreadyInstalled)));
    /// # Ok::<(), exitmacro::signals::InstallError>(())
    /// ```
    pub fn install(self) -> Result<(), InstallError> {
        if self.signals.is_empty() {
            return Err(InstallError::NoSignals);
        }
        if let Some(signal) = self.signals.iter().find(|signal| !signal.can_be_handled()) {
            return Err(InstallError::CannotBeHandled(*signal));
        }
        if let Some(signal) = self.signals.iter().find(|signal| !signal.asks_for_the_end()) {
            return Err(InstallError::NotAnEnd(*signal));
        }
        if !becomes_installed() {
            return Err(InstallError::AlreadyInstalled);
        }
        signal_policy::set(self.on_signal);
        asked::set_grace(self.grace);
        signal_handler::begin(&self.signals)
            .inspect_err(|_| INSTALLED_BY.store(0, SeqCst))
            .map_err(InstallError::System)
    }
}

impl Settings {
    /// `signals`
    #[must_use]
    pub const fn signals(mut self, signals: &'static [Signal]) -> Self {
        self.signals = signals;
        self.start_signals = Some(start);
        self
    }
}

/// Installs the signals that `#[exitmacro::main]` or `config!` asks for.
pub(super) fn start(settings: &Settings) {
    let signals = Signals::new(settings.signals.iter().copied())
        .on_signal(settings.on_signal)
        .grace(settings.grace.unwrap_or_default());
    if let Err(error) = signals.install() {
        say(format_args!("the signals of {} are not handled: {error}", settings.location));
    }
}

/// Handles in this process, which adopted the handlers of another process, the signals that the
/// other process handled. What this process handles by itself stays.
pub(super) fn adopt() -> io::Result<()> {
    adopt_ending()?;
    signal_calls::adopt()
}

fn adopt_ending() -> io::Result<()> {
    let ending: Vec<Signal> = signal_handler::inherited_ending().collect();
    if ending.is_empty() || !becomes_installed() {
        return Ok(());
    }
    signal_handler::begin(&ending).inspect_err(|_| INSTALLED_BY.store(0, SeqCst))
}

/// Makes this process the one that ends by signals; `false` if it is already.
fn becomes_installed() -> bool {
    let me = identity::me();
    let before = INSTALLED_BY.load(SeqCst);
    before != me && INSTALLED_BY.compare_exchange(before, me, SeqCst, SeqCst).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_of_signals_is_an_error() {
        assert!(matches!(install([]), Err(InstallError::NoSignals)));
        assert_eq!(INSTALLED_BY.load(SeqCst), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_signal_that_asks_for_no_end_is_an_error() {
        for signal in [Signal::TSTP, Signal::CONT, Signal::CHLD, Signal::WINCH] {
            let error = install([Signal::TERM, signal]).expect_err("it does not end a program");
            let expected = format!(
                "{signal} does not ask a program to end; answer it by a function, with \
                 `signals::on`"
            );
            assert_eq!(error.to_string(), expected);
        }
        assert_eq!(INSTALLED_BY.load(SeqCst), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_signal_that_no_program_can_handle_is_an_error() {
        let both = [
            install([Signal::TERM, Signal::KILL]).expect_err("it cannot be handled"),
            on(Signal::KILL, |_| Answer::Handled).expect_err("it cannot be handled"),
        ];
        assert_eq!(both.map(|error| error.to_string()), ["no program can handle SIGKILL"; 2]);
        assert_eq!(INSTALLED_BY.load(SeqCst), 0);
    }
}
