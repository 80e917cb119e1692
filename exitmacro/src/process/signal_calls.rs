//! Signals that functions of the program answer.

use crate::fork::identity;
use crate::fork::watch::Inherited;
use crate::handler::signal::{Answer, Signal};
use crate::inherited::signal_owner::{Answering, Call, Installing};
use crate::process::install_error::InstallError;
use crate::process::signal_handler::{
    begin_calls, end, has_begun, installing, is_ending, prepare_calls, start, wait_for_calls,
};
use crate::report::line::say;
use crate::run::panic_text;
#[cfg(unix)]
use crate::sys;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Has a function of the program answer a signal: whether the signal is dealt with, ends the
/// program, or stops it. For a signal that is not the end: Ctrl-C that cancels a query, SIGHUP that
/// reads the configuration again, SIGUSR1 that prints the plan, SIGTSTP and SIGCONT around the raw
/// mode of a terminal.
///
/// The function is called on a thread of this crate, one signal at a time, and may do what any
/// function may do: allocate, print, take locks, call [`exit`](fn@crate::exit). A signal that
/// arrives while the function runs is answered by another call when it has returned; several of
/// them are answered by one. An answer of [`Answer::End`] does what the signal does without a
/// function: [`shutdown`](crate::shutdown) is requested, the handlers run, and the process ends by
/// the configured policy. It may come from a signal that is not configured to end the program. If
/// another signal had begun the end before the call, the process ends at once.
///
/// A signal that ends the program as well, because it is listed in
/// `#[exitmacro::main(signals = […])]` or in [`install`](crate::signals::install), is answered as
/// long as no signal has begun the end. From then on it is a second signal, and ends the process at
/// once. Other signals are answered until the process has ended.
///
/// A panic of the function is printed. The signal then ends the program if it would do so without a
/// function, and otherwise counts as handled.
///
/// A child that the function forks must end inside it, by [`exit`](fn@crate::exit) or `_exit`: a
/// return would go to the thread that waits for signals.
///
/// Another call for the same signal replaces the function. A forked child does not call it, and
/// gets the earlier disposition back; a daemon that [adopts](fn@crate::adopt) the handlers gets the
/// functions, too, unless it has one of its own for the signal. Other code that handles the signal
/// is called as well, see the [module](crate::signals).
///
/// Returns `false`, and handles nothing, if the signal is ignored at the time of the call, as
/// `nohup` leaves it, or a script that starts the program in the background.
///
/// # Threads
///
/// All functions are called on one thread of their own, which the first call starts.
///
/// # Errors
///
/// [`InstallError::CannotBeHandled`] for SIGKILL, and [`InstallError::System`] when no thread can
/// be started or the system refuses the signal.
///
/// ```
/// use exitmacro::Signal;
/// use exitmacro::signals::{self, Answer};
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// static IS_QUERY_RUNNING: AtomicBool = AtomicBool::new(false);
///
/// // Ctrl-C cancels the query, if there is one, and otherwise ends the program.
/// signals::on(Signal::INT, |_| {
///     if IS_QUERY_RUNNING.swap(false, Ordering::Relaxed) { Answer::Handled } else { Answer::End }
/// })?;
/// # Ok::<(), signals::InstallError>(())
/// ```
pub fn on(
    signal: Signal,
    answer: impl Fn(Signal) -> Answer + Send + Sync + 'static,
) -> Result<bool, InstallError> {
    if !signal.can_be_handled() {
        return Err(InstallError::CannotBeHandled(signal));
    }
    let answer: Answering = Arc::new(answer);
    // Dropped without the lock: it is code of the user.
    let replaced = install(signal, answer).map_err(InstallError::System)?;
    Ok(match replaced {
        Installed::Ignored => false,
        Installed::First => true,
        Installed::Replaced(earlier) => {
            drop(earlier);
            true
        }
    })
}

enum Installed {
    Ignored,
    First,
    Replaced(Answering),
}

fn install(signal: Signal, answer: Answering) -> io::Result<Installed> {
    let mut installing = installing();
    set_aside_those_of_parent(&mut installing);
    if let Some(call) = installing.calls.iter_mut().find(|call| call.signal == signal) {
        return Ok(Installed::Replaced(core::mem::replace(&mut call.answer, answer)));
    }
    start_once(&mut installing)?;
    installing.calls.push(Call { signal, answer });
    let is_taken = begin_calls(signal);
    if !matches!(is_taken, Ok(true)) {
        let call = installing.calls.pop();
        drop(installing);
        drop(call);
        return is_taken.map(|_| Installed::Ignored);
    }
    Ok(Installed::First)
}

/// Keeps the functions of the process that this one was forked from for [`adopt`]. Those of an
/// earlier process that they replace are not dropped: their values are that process's.
fn set_aside_those_of_parent(installing: &mut Installing) {
    if installing.calls_of == identity::me() {
        return;
    }
    for call in core::mem::take(&mut installing.calls) {
        match installing.inherited.iter_mut().find(|earlier| earlier.signal == call.signal) {
            Some(earlier) => core::mem::forget(core::mem::replace(earlier, call)),
            None => installing.inherited.push(call),
        }
    }
}

/// Starts the thread that calls the functions, if this process has none.
fn start_once(installing: &mut Installing) -> io::Result<()> {
    let me = identity::me();
    if installing.calls_of != me {
        prepare_calls()?;
        start("exitmacro-signals", || (), answer_signals)?;
        installing.calls_of = me;
    }
    Ok(())
}

/// Has this process, which adopted the handlers of another process, answer the signals that the
/// other process answered. A function that this process has for a signal stays. What fails is left
/// for another call.
pub(super) fn adopt() -> io::Result<()> {
    let mut installing = installing();
    set_aside_those_of_parent(&mut installing);
    while let Some(signal) = installing.inherited.last().map(|call| call.signal) {
        let has_own = installing.calls.iter().any(|own| own.signal == signal);
        // A signal that arrives now is answered when the lock is released.
        let is_adopted = !has_own && {
            start_once(&mut installing)?;
            begin_calls(signal)?
        };
        let call = installing.inherited.pop();
        if is_adopted {
            installing.calls.extend(call);
        } else {
            // Not dropped: its values are the other process's.
            core::mem::forget(call);
        }
    }
    Ok(())
}

/// The function of the thread that calls the functions.
fn answer_signals() {
    loop {
        wait_for_calls().for_each(call);
    }
}

fn call(signal: Signal) {
    let installing = Installing::lock();
    let found = installing.calls.iter().find(|call| call.signal == signal);
    let Some(answer) = found.map(|call| Arc::clone(&call.answer)) else { return };
    drop(installing);
    let is_second = has_begun();
    // The last owner drops it here, where a panic does no harm, if it was replaced meanwhile.
    match catch_unwind(AssertUnwindSafe(move || answer(signal))) {
        Ok(Answer::Handled) => {}
        Ok(Answer::End) => end(signal, is_second),
        #[cfg(unix)]
        Ok(Answer::Stop) => sys::stop(),
        Err(payload) => {
            say(format_args!("the function for {signal} panicked: {}", panic_text(&*payload)));
            // Its drop may panic as well.
            core::mem::forget(payload);
            if is_ending(signal) {
                end(signal, is_second);
            }
        }
    }
}
