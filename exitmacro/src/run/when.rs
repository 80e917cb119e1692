//! Whether a handler is for the way in which the process ends.

use crate::handler::When;
use crate::handler::context::ExitReason;
use crate::report::SkipReason;
use crate::sys;

/// Why a handler for these ends does not run at this one; `None` when it does. A signal is neither
/// a success nor a failure. Where the process goes on, nothing has failed.
pub(super) fn why_skipped(
    when: When,
    reason: ExitReason,
    status: Option<i32>,
) -> Option<SkipReason> {
    let status = status.map(sys::as_the_parent_sees);
    let fits = match (when, reason) {
        (When::Always, _) | (When::Signal, ExitReason::Signal(_)) => true,
        (When::Signal, _) | (_, ExitReason::Signal(_)) => false,
        (_, ExitReason::Panic) => when == When::Failure,
        (_, ExitReason::Requested | ExitReason::Unload) => {
            (when == When::Success) == (status.unwrap_or(0) == 0)
        }
        (_, ExitReason::Exit | ExitReason::Return) => match status {
            Some(status) => (when == When::Success) == (status == 0),
            None => return Some(SkipReason::UnknownStatus),
        },
    };
    (!fits).then_some(SkipReason::When)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::signal::Signal;
    use When::{Always, Failure, Success};

    /// Which of the four would run.
    fn running(reason: ExitReason, status: Option<i32>) -> Vec<When> {
        [Always, Success, Failure, When::Signal]
            .into_iter()
            .filter(|&when| why_skipped(when, reason, status).is_none())
            .collect()
    }

    #[test]
    fn the_status_tells_success_from_failure() {
        for reason in
            [ExitReason::Exit, ExitReason::Return, ExitReason::Requested, ExitReason::Unload]
        {
            assert_eq!(running(reason, Some(0)), [Always, Success], "{reason}");
            assert_eq!(running(reason, Some(3)), [Always, Failure], "{reason}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_status_counts_as_the_parent_sees_it() {
        for reason in
            [ExitReason::Exit, ExitReason::Return, ExitReason::Requested, ExitReason::Unload]
        {
            assert_eq!(running(reason, Some(256)), [Always, Success], "{reason}");
            assert_eq!(running(reason, Some(-1)), [Always, Failure], "{reason}");
        }
    }

    #[test]
    fn a_panic_is_a_failure_whatever_the_status() {
        for status in [None, Some(0), Some(101)] {
            assert_eq!(running(ExitReason::Panic, status), [Always, Failure]);
        }
    }

    #[test]
    fn a_signal_is_neither_success_nor_failure() {
        for status in [None, Some(0), Some(143)] {
            assert_eq!(running(ExitReason::Signal(Signal::TERM), status), [Always, When::Signal]);
        }
    }

    #[test]
    fn without_an_end_nothing_has_failed() {
        assert_eq!(running(ExitReason::Requested, None), [Always, Success]);
        assert_eq!(running(ExitReason::Unload, None), [Always, Success]);
    }

    #[test]
    fn an_unknown_status_is_said() {
        assert_eq!(running(ExitReason::Exit, None), [Always]);
        assert_eq!(why_skipped(Success, ExitReason::Exit, None), Some(SkipReason::UnknownStatus));
        assert_eq!(why_skipped(Failure, ExitReason::Exit, None), Some(SkipReason::UnknownStatus));
        assert_eq!(why_skipped(When::Signal, ExitReason::Exit, None), Some(SkipReason::When));
    }
}
