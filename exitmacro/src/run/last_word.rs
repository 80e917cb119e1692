//! The error that `main` returns, when another thread ends the process in place of `main`'s own. Only the thread of
//! `main` can put the error into words, so the other thread waits until it has.

use super::line::say;
use super::state::Run;
use super::{CHANGED, state};
use crate::sys::{self, ThreadKey};
use core::time::Duration;
use std::sync::PoisonError;

/// How long the thread that ends the process waits. Longer than the thread that prints may wait for others before.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long when std prints, which tells nobody when it has.
const PATIENCE_WITH_STD: Duration = Duration::from_millis(250);

/// Who prints the error that `main` returns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LastWord {
    /// There is none, or it was printed.
    Spoken,
    /// This thread, when the run is over.
    By(ThreadKey),
    /// std, on this thread.
    ByStd(ThreadKey),
}

impl LastWord {
    /// How long a thread that ends the process waits.
    fn patience(self, me: ThreadKey) -> Duration {
        match self {
            Self::By(thread) if thread != me => PATIENCE,
            Self::ByStd(thread) if thread != me => PATIENCE_WITH_STD,
            Self::Spoken | Self::By(_) | Self::ByStd(_) => Duration::ZERO,
        }
    }
}

impl Run {
    /// Whether the thread that is to print the error hangs in a handler.
    fn last_word_hangs(&self) -> bool {
        self.caller_lost && self.terms.is_some_and(|terms| self.last_word == LastWord::By(terms.caller.thread))
    }

    /// `thread` ends the process in libc, so std has printed what it had to.
    pub(super) fn comes_from_std(&mut self, thread: ThreadKey) {
        if self.last_word == LastWord::ByStd(thread) {
            self.last_word = LastWord::Spoken;
            CHANGED.notify_all();
        }
    }
}

/// The calling thread has an error to print.
pub(crate) fn announce() {
    state().last_word = LastWord::By(sys::thread_key());
}

/// The error was printed.
pub(crate) fn spoken() {
    state().last_word = LastWord::Spoken;
    CHANGED.notify_all();
}

/// The calling thread leaves the error to std.
pub(crate) fn leave_to_std() {
    let mut run = state();
    if run.last_word != LastWord::Spoken {
        run.last_word = LastWord::ByStd(sys::thread_key());
    }
}

/// Waits until the error is printed, if there is one and another thread than the calling one, which ends the process, has it.
pub(crate) fn wait() {
    let me = sys::thread_key();
    let run = state();
    let patience = run.last_word.patience(me);
    if patience.is_zero() {
        return;
    }
    let is_to_come = |run: &mut Run| run.last_word.patience(me) >= patience && !run.last_word_hangs();
    let (run, _) = CHANGED.wait_timeout_while(run, patience, is_to_come).unwrap_or_else(PoisonError::into_inner);
    let is_lost = matches!(run.last_word, LastWord::By(_));
    drop(run);
    if is_lost {
        tell_lost();
    }
}

/// Says that the error is lost, where the thread that has it hangs in a handler.
pub(crate) fn tell_if_it_hangs() {
    let hangs = state().last_word_hangs();
    if hangs {
        tell_lost();
    }
}

fn tell_lost() {
    say(format_args!("`main` returned an error that could not be printed: its thread did not come back from the exit handlers"));
}
