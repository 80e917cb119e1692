//! Panics that abort the process, instead of unwinding: all of them with `panic = "abort"`, and a
//! few in every program, such as one in a function that C called.
//!
//! Where the program asked for it, the handlers run before the process goes down. A handler that
//! panics so is recorded as panicked, its thread stops, and the rest runs.
//!
//! On Unix, `abort` is met in `SIGABRT`: a panic hook would be lost when the program, or color-eyre
//! or human-panic in it, sets one of its own. A handler that the program has for the signal, such
//! as that of a crash reporter, gets it afterwards. Elsewhere the hook is all there is, and only
//! with `panic = "abort"`. There it also notes the message, for the report; and where a handler of
//! the program was put over ours since, it puts ours over the program's.

#[cfg(panic = "abort")]
#[path = "panic_hook.rs"]
mod hook;

use crate::config::read::config;
use crate::process::conclude;
use crate::run::{self, Diverged, Trigger};
use crate::{environment, inherited, sys};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

/// Whether the program asked for its handlers to run then.
static RUNS_HANDLERS: AtomicBool = AtomicBool::new(false);

struct Hook;

impl sys::AbortHook for Hook {
    fn process_aborts() {
        if !run::seen().is_in_handler {
            if RUNS_HANDLERS.load(Relaxed) {
                inherited::watch();
                run::enter(Trigger::Abort, config(), watch);
            }
            return;
        }
        match run::leave_by_panic(message()) {
            // The panic is over with the handler; the process ends as it was about to.
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

/// Sees to it that a handler whose panic aborts does not take the others with it.
pub(super) fn watch() {
    WATCHES.store(true, Relaxed);
    sys::watch_aborts::<Hook>();
    #[cfg(panic = "abort")]
    hook::install();
}

/// Undoes [`watch`] in a shared object, whose code may be gone later.
pub(super) fn stop_watching_in_object() {
    if WATCHES.load(Relaxed) && !sys::is_in_main_program(stop_watching_in_object as *const ()) {
        WATCHES.store(false, Relaxed);
        sys::stop_watching_aborts::<Hook>();
    }
}

/// To be called on a thread that panics: the program may have a handler for `SIGABRT` that it had
/// not at the beginning.
#[cfg(all(unix, panic = "abort"))]
fn watch_again() {
    if WATCHES.load(Relaxed) {
        sys::watch_aborts::<Hook>();
    }
}

fn message() -> String {
    #[cfg(panic = "abort")]
    if let Some(message) = hook::message_of_this_thread() {
        return message;
    }
    "its message is above: the panic could not unwind".to_owned()
}
