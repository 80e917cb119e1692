//! The OS signal handler: it only notes a signal and wakes a thread. The watching thread starts
//! another one for the run, so that it can watch for the second signal. Signals that functions of
//! the program answer wake a thread of their own.

use crate::fork::identity;
use crate::fork::watch::Inherited;
use crate::handler::clock::Moment;
use crate::handler::signal::Signal;
use crate::inherited::signal_owner::{INSTALLED_BY, Installing, TAKEN_BY};
use crate::process::repeats::{FirstSignal, Meaning};
use crate::process::signal_end::end_by;
use crate::process::{asked, conclude, engine};
use crate::run::{self, ForceHint};
use crate::times::{FORCED_END_TIMEOUT, WATCH_START_TIMEOUT};
use crate::{sys, threads};
use std::io;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64};

/// The signals that end the process, one bit each.
static ENDING: AtomicU64 = AtomicU64::new(0);
/// Those of the process that this one was forked from. Kept when this one handles signals by
/// itself, because it may still adopt them.
static INHERITED_ENDING: AtomicU64 = AtomicU64::new(0);
/// The signals that functions of the program answer.
static CALLED: AtomicU64 = AtomicU64::new(0);
/// Those of them that have arrived and were not answered yet.
static PENDING: AtomicU64 = AtomicU64::new(0);
/// Wakes the thread that calls these functions.
static CALLS: sys::Wake = sys::Wake::new();

static FIRST: FirstSignal = FirstSignal::new();
/// When the end was forced, in nanoseconds; 0 before.
static FORCED_AT: AtomicU64 = AtomicU64::new(0);
/// The latest signal that the watching thread is to act on.
static LATEST: AtomicI32 = AtomicI32::new(0);
static WAKE: sys::Wake = sys::Wake::new();

const fn bit(signal: i32) -> u64 {
    1 << signal
}

/// The signals behind such bits.
fn numbers(bits: u64) -> impl Iterator<Item = i32> + Clone {
    (1..64).filter(move |&number| bits & bit(number) != 0)
}

fn signals(bits: u64) -> impl Iterator<Item = Signal> {
    numbers(bits).map(Signal::from_number)
}

/// The signals by which this process ends, or the one that it was forked from.
pub(super) fn ending() -> impl Iterator<Item = Signal> {
    signals(ENDING.load(SeqCst))
}

/// The signals by which the process ended that this one was forked from, or the nearest one before
/// it that ended by signals.
pub(super) fn inherited_ending() -> impl Iterator<Item = Signal> {
    let is_own = TAKEN_BY.load(SeqCst) == identity::me();
    let of_parent = if is_own { 0 } else { ENDING.load(SeqCst) };
    signals(if of_parent == 0 { INHERITED_ENDING.load(SeqCst) } else { of_parent })
}

/// The signals that functions of the program answer, in this process or in the one that it was
/// forked from.
pub(super) fn called() -> impl Iterator<Item = Signal> {
    signals(CALLED.load(SeqCst))
}

/// Takes the lock for which a fork waits.
pub(super) fn installing() -> MutexGuard<'static, Installing> {
    engine::start();
    Installing::lock().into_guard()
}

/// Makes this process the one that handles signals.
fn prepare() -> io::Result<()> {
    let here = prepare as *const ();
    if !sys::is_in_main_program(here) {
        // The system calls into this object from now on, so it must stay loaded.
        sys::keep_loaded(here);
    }
    let me = identity::me();
    if TAKEN_BY.load(SeqCst) == me {
        return Ok(());
    }
    asked::prepare();
    run::FORCE.set(&ForceHint { how: force_hint, name: Signal::name });
    FIRST.forget();
    // What is left there by the parent of a forked child, which may adopt what ended the parent.
    let of_parent = ENDING.swap(0, SeqCst);
    if of_parent != 0 {
        INHERITED_ENDING.store(of_parent, SeqCst);
    }
    [&FORCED_AT, &CALLED, &PENDING].into_iter().for_each(|word| word.store(0, SeqCst));
    WAKE.prepare()?;
    TAKEN_BY.store(me, SeqCst);
    Ok(())
}

/// Has the process end by these signals.
pub(super) fn begin(signals: &[Signal]) -> io::Result<()> {
    let _no_forks = installing();
    prepare()?;
    take_over_all(signals).and_then(|()| start_watching()).inspect_err(|_| {
        ENDING.store(0, SeqCst);
        if CALLED.load(SeqCst) == 0 {
            sys::give_back_all();
            TAKEN_BY.store(0, SeqCst);
        }
        if let Some(signal) = FIRST.number() {
            sys::repeat_as_before(signal);
        }
    })
}

/// Takes over all of these signals that are not ignored.
fn take_over_all(signals: &[Signal]) -> io::Result<()> {
    for signal in signals {
        take_over(*signal, &ENDING)?;
    }
    Ok(())
}

/// Takes a signal over, and notes it in `word`; `false` when it is ignored.
fn take_over(signal: Signal, word: &AtomicU64) -> io::Result<bool> {
    let number = signal.number();
    let taken = ENDING.load(SeqCst) | CALLED.load(SeqCst);
    if taken & bit(number) == 0 {
        if sys::is_ignored(number)? {
            return Ok(false);
        }
        // Before it can arrive.
        word.fetch_or(bit(number), SeqCst);
        sys::take_over(number, handle).inspect_err(|_| _ = word.fetch_and(!bit(number), SeqCst))?;
    }
    word.fetch_or(bit(number), SeqCst);
    Ok(true)
}

/// Has functions of the program answer this signal; `false` when it is ignored. To be called with
/// the lock for which a fork waits.
pub(super) fn begin_calls(signal: Signal) -> io::Result<bool> {
    prepare()?;
    let is_taken = take_over(signal, &CALLED)?;
    // The thread unblocks it.
    CALLS.post();
    Ok(is_taken)
}

/// Starts the watching thread.
///
/// The signals are taken over before: the thread unblocks them, and a signal that is pending would
/// otherwise have its default effect.
fn start_watching() -> io::Result<()> {
    let ending = ENDING.load(SeqCst);
    start("exitmacro-watch", move || sys::unblock(numbers(ending)), watch)
}

/// Starts a thread and waits until it runs its function. While a thread starts, it holds locks of
/// std, which a child that is forked right then would inherit.
pub(super) fn start(
    name: &str,
    first: impl FnOnce() + Send + 'static,
    then: fn(),
) -> io::Result<()> {
    static HAS_ARRIVED: AtomicBool = AtomicBool::new(false);
    const YIELDS: u32 = 100;
    HAS_ARRIVED.store(false, SeqCst);
    let arrive = move || {
        first();
        HAS_ARRIVED.store(true, SeqCst);
        then();
    };
    threads::spawn(name, arrive)?;
    // In a shared object the lock of the loader is held, which a thread may need to start. The wait
    // uses neither a condition variable nor a channel of std: before `main` they must not ask for
    // the current thread.
    let in_main_program = sys::is_in_main_program(prepare as *const ());
    let end = Moment::now().plus(WATCH_START_TIMEOUT);
    let mut yields = 0;
    while in_main_program && !HAS_ARRIVED.load(SeqCst) && Moment::now() < end {
        yields += 1;
        if yields < YIELDS { sys::yield_now() } else { sys::wait_a_moment() }
    }
    Ok(())
}

/// What a person would do to force the end, by a key where that is possible, and how often.
fn force_hint(has_signal_keys: bool) -> Option<[&'static str; 2]> {
    if TAKEN_BY.load(SeqCst) != identity::me() {
        return None;
    }
    // Before the end has begun, a function of the program may answer otherwise.
    let answered = if FIRST.number().is_some() { 0 } else { CALLED.load(SeqCst) };
    let mut ending = numbers(ENDING.load(SeqCst) & !answered);
    let by_key = |&number: &i32| has_signal_keys && number == Signal::INT.number();
    let usual = |&number: &i32| number == Signal::TERM.number();
    let first = ending.clone().next();
    let number = ending.clone().find(by_key).or_else(|| ending.find(usual)).or(first)?;
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
    if TAKEN_BY.load(SeqCst) != identity::me() {
        return sys::repeat_as_before(signal);
    }
    let ends = ENDING.load(SeqCst) & bit(signal) != 0;
    let has_begun = FIRST.number().is_some();
    if CALLED.load(SeqCst) & bit(signal) != 0 && !(ends && has_begun) {
        PENDING.fetch_or(bit(signal), SeqCst);
        return CALLS.post();
    }
    if !ends {
        return sys::repeat_as_before(signal);
    }
    let now = sys::monotonic_nanoseconds();
    match FIRST.note(signal, now) {
        Meaning::First => wake(signal),
        Meaning::Repeated => {}
        Meaning::Forced => force(signal, now),
    }
}

/// For use before the thread starts that waits for calls, which keeps what is prepared here for as
/// long as the process lives.
pub(super) fn prepare_calls() -> io::Result<()> {
    CALLS.prepare()
}

/// Waits until signals have arrived that functions of the program answer.
pub(super) fn wait_for_calls() -> impl Iterator<Item = Signal> {
    CALLS.wait();
    sys::unblock(numbers(CALLED.load(SeqCst)));
    signals(PENDING.swap(0, SeqCst))
}

/// Whether the process would end by this signal if no function answered it.
pub(super) fn is_ending(signal: Signal) -> bool {
    ENDING.load(SeqCst) & bit(signal.number()) != 0
}

/// Whether a signal has begun the end of the process.
pub(super) fn has_begun() -> bool {
    FIRST.number().is_some()
}

/// Ends the process by this signal, as if no function answered it. From now on it forces the end.
/// So it does now if it `is_second`: another one had begun the end before the function was called.
pub(super) fn end(signal: Signal, is_second: bool) {
    let (number, now) = (signal.number(), sys::monotonic_nanoseconds());
    ENDING.fetch_or(bit(number), SeqCst);
    match FIRST.note(number, now) {
        Meaning::First => {}
        Meaning::Forced if is_second && FIRST.number() != Some(number) => {
            return force(number, now);
        }
        Meaning::Repeated | Meaning::Forced => return,
    }
    let is_watched = INSTALLED_BY.load(SeqCst) == identity::me();
    if is_watched || threads::spawn("exitmacro-watch", watch).is_ok() {
        wake(number);
    } else {
        end_by(signal);
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
