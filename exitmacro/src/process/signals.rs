//! Ending by a signal: the handlers run, then the process ends with the status that its parent
//! expects.
//!
//! The *program* decides about signals, not a library: in `#[exitmacro::main(signals)]`, in
//! `config!`, or here with [`install`]. What then happens:
//!
//! 1. The first signal asks: [`shutdown`](crate::shutdown) is requested. Nothing is printed unless
//!    stderr is a terminal.
//! 2. The handlers run: at once, or with a [`grace`](Signals::grace) when `main` has returned or
//!    the grace has expired.
//! 3. The process ends as configured by [`OnSignal`].
//! 4. A second signal, at any time after the first, ends the process at once with status 128 plus
//!    its number, whatever hangs. A line on stderr names the handler that was running, for how
//!    long, and how many did not run. The *same* signal within 250 ms of the first one does not
//!    count as a second one: `timeout`, shells and wrappers that forward Ctrl-C deliver one request
//!    twice.
//!
//! A `main` that returns with success because it was asked to ends by the policy, too; a `main`
//! that fails keeps its status. Without `#[exitmacro::main]`, a return cannot be distinguished from
//! `std::process::exit(0)`, and both end by the policy when there are handlers to run.
//! `std::process::exit` with another status keeps it.
//!
//! A signal that is ignored when this is installed, as under `nohup`, stays ignored. A signal
//! handler that is installed before is kept and called first. One that signal-hook or tokio
//! installs later is called as well. One that is installed later by `sigaction`, such as ctrlc's,
//! replaces ours: from then on the signal belongs to it. SIGPIPE is never changed, and no signal is
//! blocked. A signal that is named here and was blocked when the program started, as some starters
//! leave it over `exec`, is unblocked on the thread that watches for it; the masks of other threads
//! stay. A forked child gets the earlier dispositions back.

// The signal handler only notes the signal and wakes a thread. That thread starts another one for
// the run, so that it can watch for the second signal.

use crate::config::declared::Settings;
use crate::fork::identity;
use crate::fork::watch::Inherited;
use crate::handler::clock::Moment;
use crate::inherited::signal_owner::{INSTALLED_BY, Installing};
use crate::process::repeats::{FirstSignal, Meaning};
use crate::process::signal_end::{asked, configure, die_by_policy, end_by};
use crate::process::{conclude, engine, hook};
use crate::report::line::say;
use crate::run::{self, ForceHint};
use crate::times::{FORCED_END_TIMEOUT, WATCH_START_TIMEOUT};
use crate::{sys, threads};
use core::time::Duration;
use std::io;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64};

pub use crate::config::declared::OnSignal;
pub use crate::error::InstallError;
pub use crate::handler::signal::Signal;

/// The signals that are handled, one bit each.
static HANDLED: AtomicU64 = AtomicU64::new(0);

static FIRST: FirstSignal = FirstSignal::new();
/// When the end was forced, in nanoseconds; 0 before.
static FORCED_AT: AtomicU64 = AtomicU64::new(0);
/// The latest signal that the watching thread is to act on.
static LATEST: AtomicI32 = AtomicI32::new(0);
static WAKE: sys::Wake = sys::Wake::new();

/// Takes the lock for which a fork waits.
fn installing() -> MutexGuard<'static, Installing> {
    engine::start();
    Installing::lock()
}

/// Handles these signals with the default policy: the handlers run at once, and the status is 128
/// plus the number of the signal.
///
/// # Errors
///
/// [`InstallError::NoSignals`] when there are none, [`InstallError::AlreadyInstalled`] when this
/// process handles signals already, [`InstallError::System`] when no thread can be started or the
/// system refuses a signal.
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
/// Signals::new([Signal::TERM]).on_signal(OnSignal::ExitZero).grace(Duration::from_secs(10)).install()?;
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
    pub fn new(signals: impl IntoIterator<Item = Signal>) -> Self {
        Self {
            signals: signals.into_iter().collect(),
            on_signal: OnSignal::default(),
            grace: Duration::ZERO,
        }
    }

    /// Sets how the process ends, [`OnSignal::ExitCode`] by default.
    pub fn on_signal(mut self, on_signal: OnSignal) -> Self {
        self.on_signal = on_signal;
        self
    }

    /// Sets how long `main` may take to return before the handlers begin, zero by default. It is
    /// part of the budget of the run, and cut to half of the budget if it is not shorter.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Handles the signals from now on; see [`install`].
    ///
    /// # Errors
    ///
    /// Those of [`install`].
    pub fn install(self) -> Result<(), InstallError> {
        if self.signals.is_empty() {
            return Err(InstallError::NoSignals);
        }
        let me = identity::me();
        let before = INSTALLED_BY.load(SeqCst);
        if before == me || INSTALLED_BY.compare_exchange(before, me, SeqCst, SeqCst).is_err() {
            return Err(InstallError::AlreadyInstalled);
        }
        configure(self.on_signal, self.grace);
        begin(&self.signals)
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
/// other process handled.
pub(super) fn adopt() -> io::Result<()> {
    let handled = HANDLED.load(SeqCst);
    if handled == 0 || INSTALLED_BY.swap(identity::me(), SeqCst) == identity::me() {
        return Ok(());
    }
    let signals: Vec<Signal> = numbers(handled).map(Signal::from_number).collect();
    begin(&signals).inspect_err(|_| INSTALLED_BY.store(0, SeqCst))
}

fn begin(signals: &[Signal]) -> io::Result<()> {
    let here = begin as *const ();
    let in_main_program = sys::is_in_main_program(here);
    if !in_main_program {
        // The system calls into this object from now on, so it must stay loaded.
        sys::keep_loaded(here);
    }
    let _no_forks = installing();
    hook::set_signal_calls(&hook::SignalCalls { asked, die_by_policy });
    run::FORCE.set(&ForceHint { how: force_hint, name: Signal::name });
    FIRST.forget();
    FORCED_AT.store(0, SeqCst);
    WAKE.prepare()?;
    match take_over(signals).and_then(|handled| start_watching(handled, in_main_program)) {
        Ok(handled) => HANDLED.store(handled, SeqCst),
        Err(error) => {
            sys::give_back_all();
            if let Some(signal) = FIRST.number() {
                sys::repeat_as_before(signal);
            }
            return Err(error);
        }
    }
    Ok(())
}

/// Takes over all of these signals that are not ignored. Returns those, one bit each.
fn take_over(signals: &[Signal]) -> io::Result<u64> {
    let mut handled = 0;
    for signal in signals {
        if !sys::is_ignored(signal.number())? {
            sys::take_over(signal.number(), handle)?;
            handled |= 1_u64 << signal.number();
        }
    }
    Ok(handled)
}

/// The signals that this process, or the one that it was forked from, handles.
pub(super) fn handled() -> impl Iterator<Item = Signal> {
    numbers(HANDLED.load(SeqCst)).map(Signal::from_number)
}

/// The signals behind such bits.
fn numbers(handled: u64) -> impl Iterator<Item = i32> + Clone {
    (1..64).filter(move |number| handled & (1_u64 << number) != 0)
}

/// Starts the watching thread, and waits until it runs its function. While a thread starts, it
/// holds locks of std, which a child that is forked right then would inherit.
///
/// The signals are taken over before: the thread unblocks them, and a signal that is pending would
/// otherwise have its default effect.
fn start_watching(handled: u64, in_main_program: bool) -> io::Result<u64> {
    static HAS_ARRIVED: AtomicBool = AtomicBool::new(false);
    const YIELDS: u32 = 100;
    HAS_ARRIVED.store(false, SeqCst);
    let arrive = move || {
        sys::unblock(numbers(handled));
        HAS_ARRIVED.store(true, SeqCst);
        watch();
    };
    threads::spawn("exitmacro-watch", arrive)?;
    // In a shared object the lock of the loader is held, which a thread may need to start. The wait
    // uses neither a condition variable nor a channel of std: before `main` they must not ask for
    // the current thread.
    let end = Moment::now().plus(WATCH_START_TIMEOUT);
    let mut yields = 0;
    while in_main_program && !HAS_ARRIVED.load(SeqCst) && Moment::now() < end {
        yields += 1;
        if yields < YIELDS { sys::yield_now() } else { sys::wait_a_moment() }
    }
    Ok(handled)
}

/// What a person would do to force the end, by a key where that is possible, and how often.
fn force_hint(has_signal_keys: bool) -> Option<[&'static str; 2]> {
    if INSTALLED_BY.load(SeqCst) != identity::me() {
        return None;
    }
    let mut handled = numbers(HANDLED.load(SeqCst));
    let by_key = |&number: &i32| has_signal_keys && number == Signal::INT.number();
    let usual = |&number: &i32| number == Signal::TERM.number();
    let first = handled.clone().next();
    let number = handled.clone().find(by_key).or_else(|| handled.find(usual)).or(first)?;
    let what = if by_key(&number) { "Ctrl-C" } else { Signal::from_number(number).name()? };
    let how = match FIRST.number() {
        Some(first) if first == number => " again exits now",
        Some(_) => " exits now",
        None => " twice exits now",
    };
    Some([what, how])
}

/// The signal handler. Async-signal-safe: atomics, `getpid`, `clock_gettime`, a wake-up, locks that
/// are only tried, `write`, `_exit`.
fn handle(signal: i32) {
    if INSTALLED_BY.load(SeqCst) != identity::me() {
        return sys::repeat_as_before(signal);
    }
    let now = sys::monotonic_nanoseconds();
    match FIRST.note(signal, now) {
        Meaning::First => wake(signal),
        Meaning::Repeated => {}
        Meaning::Forced => force(signal, now),
    }
}

/// Ends the process, and prints that. If the process has not ended in time, another signal ends it
/// without a line.
fn force(number: i32, now: u64) {
    let signal = Signal::from_number(number);
    match FORCED_AT.compare_exchange(0, now, SeqCst, SeqCst) {
        // Only a thread can write execution counts.
        Ok(_) if sys::is_profiled() => wake(number),
        Ok(_) => {
            run::forced::print_line(signal);
            sys::exit_now(signal.status());
        }
        Err(at) if u128::from(now.saturating_sub(at)) < FORCED_END_TIMEOUT.as_nanos() => {}
        Err(_) => sys::exit_now(signal.status()),
    }
}

fn wake(signal: i32) {
    LATEST.store(signal, SeqCst);
    WAKE.post();
}

/// The function of the watching thread.
fn watch() {
    WAKE.wait();
    let signal = Signal::from_number(LATEST.load(SeqCst));
    let run = threads::spawn("exitmacro-end", move || end_by(signal));
    if run.is_err() {
        end_by(signal);
    }
    WAKE.wait();
    let signal = Signal::from_number(LATEST.load(SeqCst));
    run::forced::print_line(signal);
    conclude::exit_now(signal.status())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_of_signals_is_an_error() {
        assert!(matches!(install([]), Err(InstallError::NoSignals)));
        assert_eq!(INSTALLED_BY.load(SeqCst), 0);
    }
}
