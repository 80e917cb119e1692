//! Whether the process is failing, as far as the run knows.

use crate::handler::context::ExitReason;
use crate::run::global::{LIVE, state};
use crate::run::state::Phase;
use crate::sys;

/// Whether the process is failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No failure: the process continues, or ends with status 0.
    Success,
    /// A handler failed, or the process ends with another status.
    Failure,
    /// The process ends, and libc does not give the status.
    Unknown,
}

/// Reads the run.
pub(crate) fn verdict() -> Verdict {
    let run = state();
    if run.phase == Phase::Running {
        of_an_end(run.has_failures, run.reason(), LIVE.code())
    } else {
        Verdict::Success
    }
}

/// While the process continues, only a handler has failed. What counts of a signal is the status
/// that the program has chosen for it.
fn of_an_end(has_failures: bool, reason: ExitReason, status: Option<i32>) -> Verdict {
    if has_failures {
        return Verdict::Failure;
    }
    match (status, reason) {
        (Some(status), _) if sys::as_the_parent_sees(status) == 0 => Verdict::Success,
        (Some(_), _) => Verdict::Failure,
        // After a signal for which the program has chosen success, `main` may have failed.
        (None, ExitReason::Exit | ExitReason::Return | ExitReason::Signal(_)) => Verdict::Unknown,
        (None, ExitReason::Requested | ExitReason::Unload) => Verdict::Success,
        (None, ExitReason::Panic) => Verdict::Failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::signal::Signal;

    #[test]
    fn the_status_decides_where_it_is_known() {
        let signal = ExitReason::Signal(Signal::TERM);
        for (reason, status, verdict) in [
            (ExitReason::Exit, Some(0), Verdict::Success),
            (ExitReason::Return, Some(3), Verdict::Failure),
            (ExitReason::Panic, Some(101), Verdict::Failure),
            (signal, Some(143), Verdict::Failure),
            (signal, Some(0), Verdict::Success),
        ] {
            assert_eq!(of_an_end(false, reason, status), verdict, "{reason} {status:?}");
            assert_eq!(of_an_end(true, reason, status), Verdict::Failure);
        }
    }

    #[test]
    fn without_a_status_an_end_is_unknown_and_a_process_that_continues_succeeds() {
        for (reason, verdict) in [
            (ExitReason::Exit, Verdict::Unknown),
            (ExitReason::Return, Verdict::Unknown),
            (ExitReason::Signal(Signal::TERM), Verdict::Unknown),
            (ExitReason::Requested, Verdict::Success),
            (ExitReason::Unload, Verdict::Success),
            (ExitReason::Panic, Verdict::Failure),
        ] {
            assert_eq!(of_an_end(false, reason, None), verdict, "{reason}");
            assert_eq!(of_an_end(true, reason, None), Verdict::Failure);
        }
    }

    #[test]
    #[cfg(unix)]
    fn the_parent_sees_eight_bits() {
        assert_eq!(of_an_end(false, ExitReason::Exit, Some(256)), Verdict::Success);
    }
}
