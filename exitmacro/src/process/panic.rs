//! Panics that abort the process instead of unwinding: all of them with `panic = "abort"`, and a
//! few in every program, such as one in a function that C called.
//!
//! If the program asked for it, the handlers run before the process aborts. A handler that panics
//! in that way is recorded as panicked, its thread stops, and the other handlers run.
//!
//! On Unix, `abort` is caught by `SIGABRT`: a panic hook would be lost when the program, or
//! `color-eyre` or `human-panic` in it, sets its own one. If the program has a handler for the
//! signal, such as that of a crash reporter, it is called afterwards. Elsewhere only the panic hook
//! is available, and only with `panic = "abort"`. There the hook also notes the message for the
//! report. If the program has put a handler over ours since, the hook puts ours on top again.

#[cfg(panic = "abort")]
#[path = "panic_hook.rs"]
mod hook;

use crate::config::read::config;
use crate::process::conclude;
use crate::run::{self, Diverged, Trigger};
use crate::{environment, inherited, sys};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

/// Whether the program asked for its handlers to run before an abort.
static RUNS_HANDLERS: AtomicBool = AtomicBool::new(false);

struct OnAbort;

impl sys::AbortHook for OnAbort {
    fn process_aborts() {
        if !run::seen().is_in_handler {
            run::stop_if_abandoned();
            if RUNS_HANDLERS.load(Relaxed) {
                inherited::watch();
                run::enter(Trigger::Abort, &config(), watch, None);
                run::children_left::kill();
                run::main_error::print_request_error();
            }
            return;
        }
        match run::leave_by_panic(message()) {
            // The panic ended with the handler; the process ends as before.
            Diverged::InsideExit { code } => sys::change_status(code),
            Diverged::BeforeExit => conclude::end_process(),
            Diverged::WithoutEnd => {}
        }
    }

    fn may_ask_loader() -> bool {
        !environment::is_forked()
    }
}

/// Has the handlers run before a panic aborts the process.
pub(super) fn run_handlers() {
    RUNS_HANDLERS.store(true, Relaxed);
    watch();
}

/// Whether the program asked for [`run_handlers`].
pub(super) fn runs_handlers() -> bool {
    RUNS_HANDLERS.load(Relaxed)
}

/// Whether [`watch`] is in effect.
static WATCHES: AtomicBool = AtomicBool::new(false);

/// Makes a panic that aborts inside a handler end that handler alone.
pub(super) fn watch() {
    WATCHES.store(true, Relaxed);
    sys::watch_aborts::<OnAbort>();
    #[cfg(panic = "abort")]
    hook::install();
}

/// Undoes [`watch`] in a shared object, whose code may be unmapped later.
pub(super) fn stop_watching_in_object() {
    if WATCHES.load(Relaxed) && !sys::is_in_main_program(stop_watching_in_object as *const ()) {
        WATCHES.store(false, Relaxed);
        sys::stop_watching_aborts::<OnAbort>();
    }
}

/// To be called on a thread that panics: the program may have installed a handler for `SIGABRT`
/// since.
#[cfg(all(unix, panic = "abort"))]
fn watch_again() {
    if WATCHES.load(Relaxed) {
        sys::watch_aborts::<OnAbort>();
    }
}

fn message() -> String {
    #[cfg(panic = "abort")]
    if let Some(message) = hook::message_of_this_thread() {
        return message;
    }
    "its message is above: the panic could not unwind".to_owned()
}
