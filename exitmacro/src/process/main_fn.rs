//! What `#[exitmacro::main]` makes of `main`.

use super::settings::Settings;
use super::{config, ending};
use crate::handler::context::ExitReason;
#[cfg(feature = "signals")]
use crate::run::Asked;
use crate::run::{Entry, Way};
use crate::sys;
use std::panic::{catch_unwind, resume_unwind};
use std::process::{ExitCode, Termination};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether `main` carries the attribute, so that its return is seen here.
static IS_AT_WORK: AtomicBool = AtomicBool::new(false);

/// Whether the return of `main` is seen here, and not taken for an exit.
#[cfg(feature = "signals")]
pub(super) fn is_at_work() -> bool {
    IS_AT_WORK.load(Ordering::Relaxed)
}

/// Whether the handlers ran for the end of `main` before `main` returned.
static HAVE_RUN: AtomicBool = AtomicBool::new(false);

/// The status of a program whose `main` panics.
pub(super) const PANICKED: i32 = 101;

/// Puts the settings into effect, calls `body`, and runs the handlers before it returns, while thread-locals and all that libc tears down later are alive.
///
/// What `body` returns is reported before the handlers run, as std does it. A panic goes on after them.
pub fn main<R: Termination>(settings: &'static Settings, body: fn() -> R) -> ExitCode {
    config::begin(settings);
    IS_AT_WORK.store(true, Ordering::Relaxed);
    match catch_unwind(|| body().report()) {
        Ok(returned) => {
            run_handlers(ExitReason::Return, status_of(returned));
            returned
        }
        Err(payload) => {
            run_handlers(ExitReason::Panic, PANICKED);
            resume_unwind(payload)
        }
    }
}

/// Returns when the process is to end with `status`, as `main` leaves it.
fn run_handlers(reason: ExitReason, status: i32) {
    // Whether they were awaited, and this is the end that they ran for.
    let have_run = HAVE_RUN.load(Ordering::Relaxed);
    if !have_run {
        end_by_signal(reason, status);
    }
    let after_run = match ending::enter(Way::End { reason, code: status, since: None }) {
        Entry::Ran => Some(ending::status(status)),
        Entry::WasOver if have_run => Some(ending::status(status)),
        Entry::WasOver | Entry::Nothing | Entry::Inside => None,
    };
    if let Some(asked_for) = after_run
        && sys::as_the_parent_sees(asked_for) != status
    {
        ending::exit(asked_for);
    }
    ending::leave_with(status);
}

/// Runs the handlers while the calling thread is not yet the one that returns from `main`. Does not return when a signal or another thread ends the process, nor when a handler was given up: what it left
/// in the runtime, the end of that one would wait for.
#[cfg(feature = "async")]
pub(super) fn run_handlers_early(reason: ExitReason, status: i32) {
    end_by_signal(reason, status);
    let have_run = ending::enter(Way::Early { reason, code: status }) == Entry::Ran;
    let status = if have_run { ending::status(status) } else { status };
    if crate::run::gave_up_a_handler() {
        ending::exit(status);
    }
    HAVE_RUN.store(have_run, Ordering::Relaxed);
    crate::run::renounce_exit();
}

/// `main` did what a signal asked for. If it failed at that, its status says more.
fn end_by_signal(reason: ExitReason, status: i32) {
    #[cfg(feature = "signals")]
    if let Some(Asked { signal, since, .. }) = super::signals::asked()
        && reason == ExitReason::Return
    {
        super::signals::finish(signal, since, Some(status).filter(|&status| status != 0));
    }
    _ = (reason, status);
}

/// The number behind an exit code, which std keeps to itself. All that programs can make are bytes.
pub(super) fn status_of(code: ExitCode) -> i32 {
    (0..=u8::MAX).find(|&status| ExitCode::from(status) == code).map_or(1, i32::from)
}
