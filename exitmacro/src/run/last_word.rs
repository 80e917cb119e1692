//! The error that `main` returns, when another thread ends the process in place of `main`'s own.
//! Only the thread of `main` can put the error into words, so the other thread waits until it has.

use super::line::say;
use super::state::Run;
use super::{CHANGED, state, tell_change};
use crate::handler::registered;
use crate::sys::{self, ThreadKey};
use core::time::Duration;
use std::sync::PoisonError;

/// How long the thread that ends the process waits. Longer than the thread that prints may wait for
/// others before.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long when std prints, which does not tell the crate when it has.
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
        self.caller_lost
            && self.terms.is_some_and(|terms| self.last_word == LastWord::By(terms.caller.thread))
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
    let mut run = state();
    run.last_word = LastWord::Spoken;
    tell_change(run);
}

/// The calling thread leaves the error to std.
pub(crate) fn leave_to_std() {
    let mut run = state();
    if run.last_word != LastWord::Spoken {
        run.last_word = LastWord::ByStd(sys::thread_key());
    }
}

/// Waits until the error is printed, if there is one and another thread than the calling one, which
/// ends the process, has it. One that leaves it to std meanwhile, std prints after that. Says that
/// the error is lost, where the thread that has it hangs.
pub(crate) fn wait() {
    let me = sys::thread_key();
    let mut run = state();
    loop {
        let (word, patience) = (run.last_word, run.last_word.patience(me));
        if patience.is_zero() {
            return;
        }
        let is_to_come = |run: &mut Run| run.last_word == word && !run.last_word_hangs();
        run.waiting += 1;
        let waited = CHANGED.wait_timeout_while(run, patience, is_to_come);
        run = waited.unwrap_or_else(PoisonError::into_inner).0;
        run.waiting -= 1;
        run.catch_up(registered::table);
        if run.last_word == word {
            // The time is over, or the thread hangs.
            break;
        }
    }
    if matches!(run.last_word, LastWord::By(_)) {
        // Another thread that finds it out waits until it is said.
        run.last_word = LastWord::By(me);
        drop(run);
        say(format_args!(
            "`main` returned an error that could not be printed: its thread did not return from the exit handlers"
        ));
        spoken();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::state::tests::terms;

    #[test]
    fn the_thread_that_has_the_error_waits_for_nobody_and_each_other_one_for_it() {
        for (word, of_this, of_another) in [
            (LastWord::Spoken, Duration::ZERO, Duration::ZERO),
            (LastWord::By(1), Duration::ZERO, PATIENCE),
            (LastWord::ByStd(1), Duration::ZERO, PATIENCE_WITH_STD),
        ] {
            assert_eq!((word.patience(1), word.patience(2)), (of_this, of_another));
        }
    }

    #[test]
    fn the_error_is_lost_when_the_thread_that_hangs_is_its_own() {
        let caller = terms(Duration::ZERO).caller.thread;
        for (caller_lost, word, hangs) in [
            (false, LastWord::By(caller), false),
            (true, LastWord::By(caller), true),
            (true, LastWord::By(caller + 1), false),
            (true, LastWord::ByStd(caller), false),
            (true, LastWord::Spoken, false),
        ] {
            let mut run = Run::new();
            (run.caller_lost, run.last_word) = (caller_lost, word);
            assert!(!run.last_word_hangs());
            run.terms = Some(terms(Duration::ZERO));
            assert_eq!(run.last_word_hangs(), hangs);
        }
    }

    #[test]
    fn std_has_printed_when_its_thread_comes_to_the_end_and_not_when_another_one_does() {
        for (word, after) in [
            (LastWord::ByStd(1), LastWord::Spoken),
            (LastWord::ByStd(2), LastWord::ByStd(2)),
            (LastWord::By(1), LastWord::By(1)),
            (LastWord::Spoken, LastWord::Spoken),
        ] {
            let mut run = Run::new();
            run.last_word = word;
            run.comes_from_std(1);
            assert!(run.last_word == after);
        }
    }
}
