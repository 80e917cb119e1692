//! Ending by a signal: the handlers run, then the process ends with the status that its parent
//! expects.
//!
//! Signals are for the *program* to decide on, not for libraries: in `#[exitmacro::main(signals)]`,
//! in `config!`, or here with [`install`]. What then happens:
//!
//! 1. The first signal asks: [`shutdown`](crate::shutdown) is requested. Nothing is printed unless
//!    stderr is a terminal.
//! 2. The handlers run: at once, or with a [`grace`](Signals::grace) when `main` has returned or
//!    the grace is over.
//! 3. The process ends as [`OnSignal`] says.
//! 4. A second signal, at any time after the first, ends the process at once with status 128 plus
//!    its number, whatever hangs. Stderr is told which handler was running, for how long, and how
//!    many did not run. The *same* signal within 250 ms of the first one is no second one:
//!    `timeout`, shells and wrappers that forward Ctrl-C deliver one request twice.
//!
//! A `main` that returns well because it was asked to ends by the policy, too; one that fails keeps
//! its status. Without `#[exitmacro::main]` a return is not told from `std::process::exit(0)`, and
//! both end by the policy when there are handlers to run. `std::process::exit` with another status
//! keeps it.
//!
//! A signal that is ignored when this is installed, as under `nohup`, stays ignored. A handler that
//! is already there is kept and called first. One that is installed later by signal-hook or tokio
//! is called as well; one that is installed later by `sigaction`, such as ctrlc's, replaces ours:
//! the signal is its own from then on. Nothing is ever done about SIGPIPE, and no signal is
//! blocked. A signal that is named here and was blocked when the program started, as some starters
//! leave them over `exec`, is unblocked on the thread that watches for it; the masks of other
//! threads stay. A forked child gets the earlier dispositions back.

// The OS handler only counts and wakes. A thread of its own waits for that, and starts another one
// for the run, so that it goes on to listen for the second signal.

use crate::config::declared::Settings;
use crate::config::read::config;
use crate::fork::ownership;
use crate::fork::watch::Inherited;
use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::inherited::signal_owner::{ASKED_AT, ASKED_BY, INSTALLED_BY, Installing};
use crate::process::repeats::{FirstSignal, Meaning};
use crate::process::{conclude, engine, entry, hook, shutdown};
use crate::report::line::say;
use crate::run::{self, Asked, ForceHint, Trigger};
use crate::times::{FORCED_END_TIMEOUT, WATCH_START_TIMEOUT};
use crate::{sys, threads};
use core::time::Duration;
use std::io::{self, IsTerminal};
use std::sync::MutexGuard;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU64};

pub use crate::config::declared::OnSignal;
pub use crate::error::InstallError;
pub use crate::handler::signal::Signal;

/// The signals that are handled, one bit each.
static HANDLED: AtomicU64 = AtomicU64::new(0);
static ON_SIGNAL: AtomicU8 = AtomicU8::new(0);
/// In nanoseconds, 0 for none.
static GRACE: AtomicU64 = AtomicU64::new(0);

static FIRST: FirstSignal = FirstSignal::new();
/// When the end was forced, in nanoseconds; 0 before.
static FORCED_AT: AtomicU64 = AtomicU64::new(0);
/// The latest of those that the watching thread is to act on.
static LATEST: AtomicI32 = AtomicI32::new(0);
static WAKE: sys::Wake = sys::Wake::new();

/// Locks out forks.
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
    /// Begins with the signals.
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

    /// Sets how long `main` may take to return before the handlers begin, nothing by default. It is
    /// part of the budget of the run, and cut to half of that when it is not shorter.
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
        let me = ownership::me();
        let before = INSTALLED_BY.load(SeqCst);
        if before == me || INSTALLED_BY.compare_exchange(before, me, SeqCst, SeqCst).is_err() {
            return Err(InstallError::AlreadyInstalled);
        }
        ON_SIGNAL.store(self.on_signal as u8, Relaxed);
        GRACE.store(u64::try_from(self.grace.as_nanos()).unwrap_or(u64::MAX), Relaxed);
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

/// Installs what `#[exitmacro::main]` or `config!` ask for.
pub(super) fn start(settings: &Settings) {
    let signals = Signals::new(settings.signals.iter().copied())
        .on_signal(settings.on_signal)
        .grace(settings.grace.unwrap_or_default());
    if let Err(error) = signals.install() {
        say(format_args!("the signals of {} are not handled: {error}", settings.location));
    }
}

/// Handles in this process, which adopted the handlers of another one, the signals that the other
/// one handled.
pub(super) fn adopt() -> io::Result<()> {
    let handled = HANDLED.load(SeqCst);
    if handled == 0 || INSTALLED_BY.swap(ownership::me(), SeqCst) == ownership::me() {
        return Ok(());
    }
    let signals: Vec<Signal> = numbers(handled).map(Signal::from_number).collect();
    begin(&signals).inspect_err(|_| INSTALLED_BY.store(0, SeqCst))
}

fn begin(signals: &[Signal]) -> io::Result<()> {
    let here = begin as *const ();
    let in_main_program = sys::is_in_main_program(here);
    if !in_main_program {
        // The system calls into this object from now on, which must therefore stay.
        sys::keep_loaded(here);
    }
    let _no_forks = installing();
    hook::listen_to(&hook::OnSignal { asked, die_if_that_is_the_policy });
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

/// Takes over all of these signals that are not ignored. Which ones that are, one bit each.
fn take_over(signals: &[Signal]) -> io::Result<u64> {
    let mut handled = 0;
    for signal in signals {
        if !sys::is_ignored(signal.number())? {
            sys::take_over(signal.number(), on_signal)?;
            handled |= 1_u64 << signal.number();
        }
    }
    Ok(handled)
}

/// The signals behind such bits.
fn numbers(handled: u64) -> impl Iterator<Item = i32> + Clone {
    (1..64).filter(move |number| handled & (1_u64 << number) != 0)
}

/// Starts the watching thread, and goes on when that has arrived here. While a thread starts it
/// holds locks of std, which a child that is forked right then would inherit.
///
/// After the signals were taken over: that thread unblocks them, and one that came before would
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
    // In a shared object the loader's lock is held, which a thread may need to start. Neither a
    // condition nor a channel of std: before `main` they must not ask who the current thread is.
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
    if INSTALLED_BY.load(SeqCst) != ownership::me() {
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

/// The OS handler. Async-signal-safe: atomics, `getpid`, `clock_gettime`, a wake-up, locks that are
/// only tried, `write`, `_exit`.
fn on_signal(signal: i32) {
    if INSTALLED_BY.load(SeqCst) != ownership::me() {
        return sys::repeat_as_before(signal);
    }
    let now = sys::monotonic_nanoseconds();
    match FIRST.note(signal, now) {
        Meaning::First => wake(signal),
        Meaning::Repeated => {}
        Meaning::Forced => force(signal, now),
    }
}

/// Ends the process, and says so. Another signal ends it without a word, if that has not happened
/// by then.
fn force(number: i32, now: u64) {
    let signal = Signal::from_number(number);
    match FORCED_AT.compare_exchange(0, now, SeqCst, SeqCst) {
        // To write execution counts takes a thread.
        Ok(_) if sys::is_profiled() => wake(number),
        Ok(_) => {
            run::forced::tell(signal);
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

/// The watching thread.
fn watch() {
    WAKE.wait();
    let signal = Signal::from_number(LATEST.load(SeqCst));
    let run = threads::spawn("exitmacro-end", move || end_by(signal));
    if run.is_err() {
        end_by(signal);
    }
    WAKE.wait();
    let signal = Signal::from_number(LATEST.load(SeqCst));
    run::forced::tell(signal);
    conclude::exit_now(signal.status())
}

fn end_by(signal: Signal) {
    if io::stderr().is_terminal() {
        say(format_args!("shutting down on {signal}; send it again to exit now"));
    }
    let since = Moment::now();
    ASKED_AT.store(since.to_bits(), SeqCst);
    ASKED_BY.store(signal.number(), SeqCst);
    let tasks = shutdown::raise();
    // On a thread of their own: waking is code of their runtimes, which may take its time, and the
    // process ends all the same.
    let waking = threads::spawn("exitmacro-wake", move || shutdown::wake(tasks));
    if let Err(error) = waking {
        say(format_args!(
            "no thread could be started ({error}): tasks are not notified of the shutdown"
        ));
    }
    if let Some(grace) = grace() {
        run::wait_until_ending(since.plus(grace));
    }
    finish(signal, since, None, || ());
}

/// The time that `main` has, if any. As long as the budget it would leave no time for the handlers.
fn grace() -> Option<Duration> {
    let grace = Duration::from_nanos(GRACE.load(Relaxed));
    let budget = config().bounds.budget;
    let bounded = if grace < budget { grace } else { budget / 2 };
    (!bounded.is_zero()).then_some(bounded)
}

/// The signal that asked this process to end, if one did.
pub(super) fn asked() -> Option<Asked> {
    let number = Some(ASKED_BY.load(SeqCst)).filter(|&number| number != 0)?;
    let signal = Signal::from_number(number);
    Some(Asked {
        signal,
        since: Moment::from_bits(ASKED_AT.load(SeqCst)),
        status: status_by_policy(signal),
    })
}

fn is_policy(policy: OnSignal) -> bool {
    ON_SIGNAL.load(Relaxed) == policy as u8
}

fn status_by_policy(signal: Signal) -> i32 {
    if is_policy(OnSignal::ExitZero) { 0 } else { signal.status() }
}

/// Ends the process by the signal that it ends for, if that is the policy and no other status was
/// asked for.
pub(super) fn die_if_that_is_the_policy(reason: ExitReason, status: Option<i32>) {
    if let ExitReason::Signal(signal) = reason
        && is_policy(OnSignal::Reraise)
        && status.map(sys::as_the_parent_sees) == Some(signal.status())
    {
        // Again, for what was printed since the run, or without one. If it cannot be in time, there
        // is nothing to be done about it.
        conclude::flush_stdout();
        sys::write_profile();
        sys::die_of(signal.number());
        conclude::exit_now(signal.status());
    }
}

/// Runs the handlers and ends the process because of a signal that came at `since`. `code` is a
/// status that says more than that of the signal.
///
/// `after_run` is called when the handlers have run.
pub(super) fn finish(
    signal: Signal,
    since: Moment,
    code: Option<i32>,
    after_run: impl FnOnce(),
) -> ! {
    let expected = code.unwrap_or_else(|| status_by_policy(signal));
    let trigger =
        Trigger::End { reason: ExitReason::Signal(signal), code: expected, since: Some(since) };
    let status = entry::run(trigger, expected, after_run);
    die_if_that_is_the_policy(ExitReason::Signal(signal), status.or(Some(expected)));
    match status {
        Some(status) => conclude::exit(status),
        None => conclude::flush_and_exit(expected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_signals_are_not_handled() {
        assert!(matches!(install([]), Err(InstallError::NoSignals)));
        assert_eq!(INSTALLED_BY.load(SeqCst), 0);
    }
}
