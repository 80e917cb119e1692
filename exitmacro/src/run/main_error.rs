//! The errors that are printed after the run. That of a request to end is a text, which the first
//! thread prints that comes to the end; others wait for that. That of `main` can be formatted only
//! by the thread of `main`; when another thread ends the process, it waits until the error is
//! printed.

use crate::handler::declared::handlers;
use crate::registry::{self, view::View};
use crate::report::line::say;
use crate::run::global::{CHANGED, notify_change, state, wait_while};
use crate::run::state::{MainError, RequestError, Run};
use crate::sys::{self, ThreadKey};
use crate::times::{MAIN_ERROR_BY_STD_TIMEOUT, MAIN_ERROR_TIMEOUT};
use core::time::Duration;

impl MainError {
    /// How long the exiting thread waits.
    fn timeout(self, me: ThreadKey) -> Duration {
        match self {
            Self::By(thread) if thread != me => MAIN_ERROR_TIMEOUT,
            Self::ByStd(thread) if thread != me => MAIN_ERROR_BY_STD_TIMEOUT,
            _ => Duration::ZERO,
        }
    }

    /// Whether the text is kept for the first thread that comes to its end.
    pub(super) fn is_kept(self) -> bool {
        #[cfg(feature = "async")]
        return self == Self::Kept;
        #[cfg(not(feature = "async"))]
        false
    }
}

impl Run {
    /// Whether the thread that has the error hangs in a handler.
    fn printer_hangs(&self) -> bool {
        self.caller_lost
            && self
                .terms
                .as_ref()
                .is_some_and(|terms| self.main_error == MainError::By(terms.caller.thread))
    }

    /// Notes that `thread` is inside libc's `exit`, so that std has printed the error.
    pub(super) fn note_std_printed(&mut self, thread: ThreadKey) {
        if self.main_error == MainError::ByStd(thread) {
            self.main_error = MainError::Printed;
            CHANGED.notify_all();
        }
    }
}

/// The error as text, for a thread that ends the process in place of the one that has it.
static TEXT: sys::SetOnce<&[u8]> = sys::SetOnce::new();

/// Waits until the errors are printed. Set by what has one, so that other programs do not contain
/// it.
static WAIT: sys::StaticRef<fn()> = sys::StaticRef::new();

fn set_wait() {
    WAIT.set(&(wait_for_errors as fn()));
}

/// Whether the thread of `main` may hang in a handler that asks for that thread.
pub(crate) fn thread_may_hang() -> bool {
    let wants_caller = |table: &registry::Table| {
        let mut registered = table.ranks().filter_map(|rank| View::at(rank, &[], table));
        registered.any(|handler| handler.options().on_caller)
    };
    handlers().iter().any(|handler| handler.options.on_caller) || wants_caller(&registry::table())
}

/// Keeps the error as text.
pub(crate) fn keep_text(text: &'static [u8]) {
    TEXT.set(text);
}

/// Prints the error, whose thread hangs, or that it is lost.
fn print_for_another_thread() {
    match TEXT.get() {
        Some(text) => sys::write_stderr(text),
        None => say(format_args!(
            "`main` returned an error that could not be printed: \
             its thread did not return from the exit handlers"
        )),
    }
}

/// The calling thread has an error to print; `false` when another thread prints it.
pub(crate) fn to_be_printed() -> bool {
    set_wait();
    let mut run = state();
    let is_left = run.main_error == MainError::None || run.main_error.is_kept();
    if is_left {
        run.main_error = MainError::By(sys::thread_key());
    }
    is_left
}

/// Leaves the error, whose text is kept, to another thread: the one of `main`, or one that ends the
/// process before.
#[cfg(feature = "async")]
pub(crate) fn leave_to_others() {
    let mut run = state();
    if run.main_error == MainError::By(sys::thread_key()) {
        run.main_error = MainError::Kept;
        notify_change(run);
    }
}

/// Notes that the error was printed.
pub(crate) fn printed() {
    let mut run = state();
    run.main_error = MainError::Printed;
    notify_change(run);
}

/// Notes that std prints the error, on the calling thread.
pub(crate) fn leave_to_std() {
    let mut run = state();
    if run.main_error == MainError::By(sys::thread_key()) {
        run.main_error = MainError::ByStd(sys::thread_key());
    }
}

/// Keeps the error of the request to end, for the thread that ends the process.
pub(crate) fn keep_request_error(text: &'static [u8]) {
    set_wait();
    state().request_error = RequestError::Kept(text);
}

/// Prints the error of the request to end, once, or waits until another thread has printed it: the
/// process must not end before.
pub(crate) fn print_request_error() {
    let mut run = state();
    match run.request_error {
        RequestError::None => {}
        RequestError::Kept(text) => {
            run.request_error = RequestError::Printing;
            drop(run);
            sys::write_stderr(text);
            let mut run = state();
            run.request_error = RequestError::None;
            notify_change(run);
        }
        RequestError::Printing => {
            let is_printing = |run: &Run| run.request_error == RequestError::Printing;
            drop(wait_while(run, MAIN_ERROR_TIMEOUT, is_printing));
        }
    }
}

/// Prints the error of the request to end, if there is one that was not printed.
///
/// Then waits until the error of `main` is printed, if there is one and another thread than the
/// calling one, which ends the process, has it. One that leaves it to std meanwhile, std prints
/// after that. Where that thread hangs, or has left the error to others, prints its text, or that
/// the error is lost.
pub(crate) fn wait() {
    if let Some(wait) = WAIT.get() {
        wait();
    }
}

fn wait_for_errors() {
    print_request_error();
    let me = sys::thread_key();
    let mut run = state();
    while !run.main_error.is_kept() {
        let (seen, timeout) = (run.main_error, run.main_error.timeout(me));
        if timeout.is_zero() {
            return;
        }
        let is_unprinted = |run: &Run| run.main_error == seen && !run.printer_hangs();
        run = wait_while(run, timeout, is_unprinted);
        if run.main_error == seen {
            // The time has expired, or the thread hangs.
            break;
        }
    }
    if run.main_error.is_kept() || matches!(run.main_error, MainError::By(_)) {
        // Another exiting thread waits until this line is printed.
        run.main_error = MainError::By(me);
        drop(run);
        print_for_another_thread();
        printed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::state::tests::{idle, terms};

    #[test]
    fn every_thread_but_the_one_with_the_error_waits() {
        for (seen, of_this, of_another) in [
            (MainError::None, Duration::ZERO, Duration::ZERO),
            (MainError::Printed, Duration::ZERO, Duration::ZERO),
            (MainError::By(1), Duration::ZERO, MAIN_ERROR_TIMEOUT),
            (MainError::ByStd(1), Duration::ZERO, MAIN_ERROR_BY_STD_TIMEOUT),
        ] {
            assert_eq!((seen.timeout(1), seen.timeout(2)), (of_this, of_another));
        }
    }

    #[test]
    fn the_error_is_lost_when_the_thread_that_hangs_is_its_own() {
        let caller = terms(Duration::ZERO).caller.thread;
        for (caller_lost, seen, hangs) in [
            (false, MainError::By(caller), false),
            (true, MainError::By(caller), true),
            (true, MainError::By(caller + 1), false),
            (true, MainError::ByStd(caller), false),
            (true, MainError::Printed, false),
        ] {
            let mut run = idle();
            (run.caller_lost, run.main_error) = (caller_lost, seen);
            assert!(!run.printer_hangs());
            run.terms = Some(terms(Duration::ZERO));
            assert_eq!(run.printer_hangs(), hangs);
        }
    }

    #[test]
    fn std_has_printed_when_its_own_thread_is_inside_exit() {
        for (seen, after) in [
            (MainError::ByStd(1), MainError::Printed),
            (MainError::ByStd(2), MainError::ByStd(2)),
            (MainError::By(1), MainError::By(1)),
            (MainError::Printed, MainError::Printed),
        ] {
            let mut run = idle();
            run.main_error = seen;
            run.note_std_printed(1);
            assert!(run.main_error == after);
        }
    }
}
