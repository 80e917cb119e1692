//! What `#[exitmacro::main]` makes of `main`.

#[cfg(feature = "async")]
use crate::config::declared;
use crate::config::declared::Settings;
use crate::handler::context::ExitReason;
#[cfg(feature = "async")]
use crate::inherited::request::Request;
use crate::process::asked_calls::{asked_at_end, asked_calls};
use crate::process::main_value::{self, Known};
use crate::process::{conclude, entry, hook, start};
use crate::run::{Entry, Trigger};
use crate::sys;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{ExitCode, Termination};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the body of the `main` that the settings belong to is about to begin. If it has a
/// future, that is the first one to be polled.
static BODY_BEGINS: AtomicBool = AtomicBool::new(false);

/// Whether the calling future is the body of the `main` that these settings belong to. It is so
/// once: a `main` that is called again, from a thread or a task, is an ordinary function.
#[cfg(feature = "async")]
pub(super) fn is_the_body(settings: &Settings) -> bool {
    declared::is_by_main(settings)
        && BODY_BEGINS.compare_exchange(true, false, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

/// Whether the handlers ran at the end of `main` before `main` returned.
static HAVE_RUN: AtomicBool = AtomicBool::new(false);

/// The status of a program whose `main` panics.
pub(super) const PANICKED: i32 = 101;

/// Applies the settings, calls `body`, and runs the handlers before it returns, while thread-locals
/// and all that libc tears down later are alive.
///
/// The value that `body` returns is returned, for std or another caller to report. If only the
/// report of a value shows its status, the value is reported here, before the handlers run; then
/// the process ends here, as nothing is left to return. A panic continues after the handlers.
///
/// Only the first `main` that begins on the main thread counts; any other one is an ordinary
/// function.
pub fn main<R: Termination>(
    settings: &'static Settings,
    body: fn() -> R,
    known: fn(&R) -> Option<Known<'_>>,
) -> R {
    if !start::begin_main(settings) {
        return body();
    }
    hook::note_main();
    BODY_BEGINS.store(true, Ordering::Relaxed);
    let returned = catch_unwind(body).unwrap_or_else(|payload| panic_on(payload));
    if let Some(mut known) = known(&returned) {
        run_handlers(ExitReason::Return, &mut known);
        return returned;
    }
    let reported = catch_unwind(AssertUnwindSafe(|| returned.report()));
    let mut known = Known::of_status(main_value::status_of(
        reported.unwrap_or_else(|payload| panic_on(payload)),
    ));
    run_handlers(ExitReason::Return, &mut known);
    conclude::exit(known.status)
}

/// Reports what `main` returned, for a `main` whose type is not known from its source.
pub fn reported<R: Termination>(returned: R) -> ExitCode {
    returned.report()
}

/// Runs the handlers, and continues the panic.
fn panic_on(payload: Box<dyn Any + Send>) -> ! {
    run_handlers(ExitReason::Panic, &mut Known::of_status(PANICKED));
    resume_unwind(payload)
}

/// Runs the handlers. Returns when `main` is to end the process, and std can print the error that
/// `main` returns, if there is one.
fn run_handlers(reason: ExitReason, known: &mut Known<'_>) {
    known.announce_error();
    // Whether the handlers were awaited, so that they ran for this end.
    let have_run = HAVE_RUN.load(Ordering::Relaxed);
    if !have_run {
        end_as_asked(reason, known);
    }
    let status = known.status;
    let trigger = Trigger::End { reason, code: status, since: None };
    let entry = entry::enter_unless_stopped(trigger, Some(unknown(&mut || known.print_error())));
    let ran = match entry {
        Entry::Ran { .. } => true,
        Entry::WasFinished(_) => have_run,
        Entry::Nothing | Entry::Inside => false,
    };
    if ran {
        let asked_for = status_after_run(known);
        if sys::as_the_parent_sees(asked_for) != status {
            known.print_error();
            conclude::exit(asked_for);
        }
    }
    if known.has_error()
        && matches!(entry, Entry::Ran { .. } | Entry::WasFinished(_))
        && !conclude::std_can_print()
    {
        known.print_error();
        conclude::flush_and_exit(status);
    }
    if crate::run::seen().holds_thread {
        // The held thread ends the process in place of this thread, which does not return to std.
        known.print_error();
    }
    crate::run::main_error::leave_to_std();
    conclude::leave_with(status);
}

/// A call of which the compiler knows nothing. Where it sees that all calls which are passed in
/// this way are this one, it passes it in place of none as well. Then programs whose `main` has no
/// attribute contain it.
fn unknown(call: &mut dyn FnMut()) -> &mut dyn FnMut() {
    core::hint::black_box(call)
}

/// The status after the run, unless the process ends right here.
fn status_after_run(known: &mut Known<'_>) -> i32 {
    if crate::run::seen().ends_at_once {
        known.print_error();
    }
    // If another thread ends the process, the calling thread stops, and std never gets the error.
    conclude::status_unless_stopped(known.status, Some(unknown(&mut || known.print_error())))
}

/// Runs the handlers while the calling thread is not yet the thread that returns from `main`. Does
/// not return if a signal or another thread ends the process, or if a handler was abandoned: at its
/// end the runtime would wait for what the handler left in it.
#[cfg(feature = "async")]
pub(super) fn run_handlers_early(reason: ExitReason, mut known: Known<'_>) {
    known.announce_error();
    end_as_asked(reason, &mut known);
    let trigger = Trigger::Early { reason, code: known.status };
    let entry = entry::enter_unless_stopped(trigger, Some(unknown(&mut || known.print_error())));
    let have_run = matches!(entry, Entry::Ran { .. });
    let status = if have_run { status_after_run(&mut known) } else { known.status };
    if crate::run::seen().has_timed_out {
        known.print_error();
        conclude::exit(status);
    }
    HAVE_RUN.store(have_run, Ordering::Relaxed);
    // The runtime waits for its tasks before `main` returns, and one of them may end the process.
    known.leave_error();
    crate::run::renounce_exit();
    Request::reopen();
}

/// When a signal or a request asked for the end: waits for the work that the program announces, and
/// ends the process as was asked for if `main` returned.
fn end_as_asked(reason: ExitReason, known: &mut Known<'_>) {
    let Some((asked, calls)) = asked_at_end().zip(asked_calls()) else { return };
    (calls.await_work)(asked);
    if reason == ExitReason::Return {
        (calls.finish)(asked, asked.status_after_main(known.status), &mut || known.print_error());
    }
}
