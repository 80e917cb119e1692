//! The end of the process by a signal: the grace, the run, and the status or signal of the policy.

use crate::config::declared::OnSignal;
use crate::config::read::config;
use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::handler::signal::Signal;
use crate::inherited::signal_owner::{ASKED_AT, ASKED_BY};
use crate::process::{conclude, entry, shutdown};
use crate::report::line::say;
use crate::run::{self, Asked, Trigger};
use crate::{sys, threads};
use core::time::Duration;
use std::io::{self, IsTerminal};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicU8, AtomicU64};

/// The policy, as a number.
static POLICY: AtomicU8 = AtomicU8::new(0);
/// In nanoseconds, 0 for none.
static GRACE: AtomicU64 = AtomicU64::new(0);

/// Sets how the process ends after a signal, and the grace.
pub(super) fn configure(on_signal: OnSignal, grace: Duration) {
    POLICY.store(on_signal as u8, Relaxed);
    GRACE.store(u64::try_from(grace.as_nanos()).unwrap_or(u64::MAX), Relaxed);
}

/// Runs the handlers, and ends the process by this signal, which is the first one.
pub(super) fn end_by(signal: Signal) {
    if io::stderr().is_terminal() {
        say(format_args!("shutting down on {signal}; send it again to exit now"));
    }
    let since = Moment::now();
    ASKED_AT.store(since.to_bits(), SeqCst);
    ASKED_BY.store(signal.number(), SeqCst);
    let tasks = shutdown::raise();
    // On a thread of its own: waking a task is code of its runtime, which may take long, and the
    // process ends in any case.
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

/// The time that `main` has, if any. A grace as long as the budget would leave no time for the
/// handlers.
pub(super) fn grace() -> Option<Duration> {
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

pub(super) fn policy() -> OnSignal {
    let policies = [OnSignal::Reraise, OnSignal::ExitZero];
    policies.into_iter().find(|&policy| is_policy(policy)).unwrap_or_default()
}

fn is_policy(policy: OnSignal) -> bool {
    POLICY.load(Relaxed) == policy as u8
}

fn status_by_policy(signal: Signal) -> i32 {
    if is_policy(OnSignal::ExitZero) { 0 } else { signal.status() }
}

/// Ends the process by the signal of its end, if that is the policy and no other status was asked
/// for.
pub(super) fn die_by_policy(reason: ExitReason, status: Option<i32>) {
    if let ExitReason::Signal(signal) = reason
        && is_policy(OnSignal::Reraise)
        && status.map(sys::as_the_parent_sees) == Some(signal.status())
    {
        // Flushes what was printed since the run, or without one. An error or a timeout cannot be
        // handled here.
        conclude::flush_stdout();
        sys::write_profile();
        sys::die_of(signal.number());
        conclude::exit_now(signal.status());
    }
}

/// Runs the handlers and ends the process because of a signal that arrived at `since`. `code` is a
/// status that replaces that of the signal.
///
/// Calls `after_run` when the handlers have run.
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
    die_by_policy(ExitReason::Signal(signal), status.or(Some(expected)));
    match status {
        Some(status) => conclude::exit(status),
        None => conclude::flush_and_exit(expected),
    }
}
