//! The end of the process that a signal or a request asked for: the grace, the run, and the status
//! to end with.

use crate::config::LogLevel;
use crate::config::read::config;
use crate::fork::watch::Inherited;
use crate::inherited::request::Request;
use crate::process::asked_calls::{self, AskedCalls};
#[cfg(feature = "signals")]
use crate::process::signal_policy;
use crate::process::{conclude, entry};
use crate::report::line::say;
use crate::run::{self, Asked, Trigger, Waiter, main_error};
use crate::sys;
use crate::text::duration::Size;
use core::time::Duration;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// In nanoseconds, 0 for none.
static GRACE: AtomicU64 = AtomicU64::new(0);

/// Sets how long `main` may take to return.
#[cfg(feature = "signals")]
pub(super) fn set_grace(grace: Duration) {
    GRACE.store(u64::try_from(grace.as_nanos()).unwrap_or(u64::MAX), Relaxed);
}

/// The time that `main` has, if any. A grace as long as the budget would leave no time for the
/// handlers.
pub(super) fn grace() -> Option<Duration> {
    let grace = Duration::from_nanos(GRACE.load(Relaxed));
    let budget = config().bounds.budget;
    let bounded = if grace < budget { grace } else { budget / 2 };
    (!bounded.is_zero()).then_some(bounded)
}

/// Has the return of `main` and the hook find out what asked for the end. To be called before that.
pub(super) fn prepare() {
    asked_calls::set(&AskedCalls {
        asked,
        await_work,
        finish,
        nothing_ran,
        #[cfg(feature = "signals")]
        die_by_policy: signal_policy::die,
        #[cfg(feature = "signals")]
        die_at_once: signal_policy::die_now,
    });
}

/// What asked this process to end, if anything did.
fn asked() -> Option<Asked> {
    Request::lock().asked
}

/// Whether a request with a status would count now.
pub(super) fn may_be_asked() -> bool {
    let request = Request::lock();
    request.asked.is_none() && !request.is_closed()
}

/// If the program called `drained` and work is announced: waits until none is left, the grace has
/// expired, or another thread ends the process. The end of `main`, by a return or a panic, would
/// cut that work short.
fn await_work(asked: Asked) {
    let is_under_way = {
        let request = Request::lock();
        request.ends_when_drained && request.in_flight > 0
    };
    if is_under_way {
        await_grace(asked, Waiter::Main);
    }
}

/// Runs the handlers, when the grace has ended, and ends the process. If another thread ends the
/// process meanwhile, the calling thread stops.
pub(super) fn end(asked: Asked) -> ! {
    await_grace(asked, Waiter::Ending);
    finish(asked, asked.status, &mut || ())
}

/// Waits until the grace has ended or expired, or another thread ends the process.
fn await_grace(asked: Asked, waiter: Waiter) {
    // An async `main` comes here twice, and both threads may.
    static IS_TOLD: AtomicBool = AtomicBool::new(false);
    if let Some(grace) = grace()
        && run::wait_until_ending(asked.since.plus(grace), waiter)
        && !IS_TOLD.swap(true, Relaxed)
    {
        tell_expired(grace, waiter);
    }
}

/// Prints what the expired grace cuts short: announced work, or, where the log level asks for it, a
/// `main` that has not ended.
#[cold]
fn tell_expired(grace: Duration, waiter: Waiter) {
    let in_flight = Request::lock().in_flight;
    let grace = Size(grace);
    match in_flight {
        // `main` has ended, and the last work at the same moment.
        0 if waiter == Waiter::Main || config().log < LogLevel::Info => {}
        0 => say(format_args!("the grace of {grace} has expired, and `main` has not returned")),
        1 => say(format_args!("the grace of {grace} has expired with announced work in flight")),
        _ => say(format_args!(
            "the grace of {grace} has expired with {in_flight} pieces of announced work in flight"
        )),
    }
}

/// Runs the handlers and ends the process with this status, as it was asked to. Calls `after_run`
/// when the handlers have run, or when the calling thread stops, because another thread ends the
/// process.
fn finish(asked: Asked, status: i32, after_run: &mut dyn FnMut()) -> ! {
    let trigger = Trigger::End { reason: asked.reason, code: status, since: Some(asked.since) };
    let entry = entry::enter_unless_stopped(trigger, Some(after_run));
    main_error::print_request_error();
    after_run();
    let status_after_run = entry::status(entry, status);
    #[cfg(feature = "signals")]
    signal_policy::die(asked.reason, status_after_run.or(Some(status)));
    match status_after_run {
        Some(status) => conclude::exit(status),
        None => conclude::flush_and_exit(status),
    }
}

/// What the hook does when it has no handlers to run: prints the error of a request, and ends the
/// process as it was asked to in place of the success of a plain `main`.
fn nothing_ran(is_success: bool) {
    main_error::print_request_error();
    let Some(asked) = asked().filter(|_| is_success) else { return };
    #[cfg(feature = "signals")]
    signal_policy::die(asked.reason, Some(asked.status));
    if sys::as_the_parent_sees(asked.status) != 0 {
        sys::change_status(asked.status);
    }
}
