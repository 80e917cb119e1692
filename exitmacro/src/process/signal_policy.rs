//! How the process ends after a signal: by a status, or by the signal itself.

use crate::config::declared::OnSignal;
use crate::handler::context::ExitReason;
use crate::handler::signal::Signal;
use crate::process::conclude;
use crate::sys;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;

/// The policy, as a number.
static POLICY: AtomicU8 = AtomicU8::new(0);

pub(super) fn set(on_signal: OnSignal) {
    POLICY.store(on_signal as u8, Relaxed);
}

pub(super) fn get() -> OnSignal {
    let policies = [OnSignal::Reraise, OnSignal::ExitZero];
    policies.into_iter().find(|&policy| is(policy)).unwrap_or_default()
}

fn is(policy: OnSignal) -> bool {
    POLICY.load(Relaxed) == policy as u8
}

/// The status with which the process is to end after this signal.
pub(super) fn status(signal: Signal) -> i32 {
    if is(OnSignal::ExitZero) { 0 } else { signal.status() }
}

/// Ends the process by the signal of its end, if that is the policy and no other status was asked
/// for.
pub(super) fn die(reason: ExitReason, status: Option<i32>) {
    if let Some(signal) = deadly(reason, status) {
        // Flushes what was printed since the run, or without one. An error or a timeout cannot be
        // handled here.
        conclude::flush_stdout();
        raise(signal);
        conclude::exit_now(signal.status());
    }
}

/// The same without a flush, where the process ends at once. Returns where the signal has no
/// effect.
pub(super) fn die_now(reason: ExitReason, status: Option<i32>) {
    if let Some(signal) = deadly(reason, status) {
        raise(signal);
    }
}

fn raise(signal: Signal) {
    sys::write_profile();
    sys::die_of(signal.number());
}

/// The signal of the end, if the process is to end by it. One whose default effect is another one,
/// such as to stop the process, ends it by a status: a function of the program asked for the end.
fn deadly(reason: ExitReason, status: Option<i32>) -> Option<Signal> {
    let ExitReason::Signal(signal) = reason else { return None };
    let is_asked_for = status.map(sys::as_the_parent_sees) == Some(signal.status());
    (is(OnSignal::Reraise) && is_asked_for && signal.asks_for_the_end()).then_some(signal)
}
