//! Whether a handler runs at this exit, and if not, why.

use crate::handler::When;
use crate::handler::context::ExitReason;
use crate::report::SkipReason;
use crate::sys;

/// Whether one of the patterns, which commas separate, is that of `name`. A `*` stands for any
/// text.
pub(crate) fn is_asked_for(patterns: &str, name: &str) -> bool {
    patterns
        .split(',')
        .map(str::trim)
        .filter(|pattern| !pattern.is_empty())
        .any(|pattern| matches(pattern, name))
}

/// The next of the patterns that is that of no handler, and what is left of them. A `*` alone is
/// that of whatever there is.
pub(crate) fn next_unmatched<'a, N>(
    patterns: &mut Option<&'static str>,
    names: impl Fn() -> N,
) -> Option<&'static str>
where
    N: Iterator<Item = &'a str>,
{
    while let Some(left) = patterns.take() {
        let (pattern, rest) =
            left.split_once(',').map_or((left, None), |(pattern, rest)| (pattern, Some(rest)));
        *patterns = rest;
        let pattern = pattern.trim();
        if !matches(pattern, "") && !names().any(|name| matches(pattern, name)) {
            return Some(pattern);
        }
    }
    None
}

/// Each part between two stars is found as early as possible, which leaves the most to those behind
/// it.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inner = name.strip_prefix(start).and_then(|name| name.strip_suffix(end));
    let left = middle.split('*').try_fold(inner.unwrap_or_default(), |left, part| {
        left.split_once(part).map(|(_, left)| left)
    });
    inner.is_some() && left.is_some()
}

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

    #[test]
    fn a_pattern_is_a_name_or_has_stars() {
        for pattern in [
            "app::db::close",
            "*",
            "app::*",
            "*::close",
            "*db*",
            "a*::db::*e",
            "other, app::db::close",
            " * ,",
        ] {
            assert!(is_asked_for(pattern, "app::db::close"), "{pattern:?}");
        }
        for pattern in ["", ",", "close", "app", "app::*::open", "*db", "db*", "App::*"] {
            assert!(!is_asked_for(pattern, "app::db::close"), "{pattern:?}");
        }
    }

    #[test]
    fn patterns_of_no_handler_are_found_one_after_the_other() {
        let mut patterns = Some("app::close, other,,*::flush,*, app::* , ap*t,");
        let mut next = || next_unmatched(&mut patterns, || ["app::open", "app::close"].into_iter());
        assert_eq!(
            [next(), next(), next(), next()],
            [Some("other"), Some("*::flush"), Some("ap*t"), None]
        );
    }

    #[test]
    fn a_star_stands_for_whole_characters() {
        assert!(
            is_asked_for("ü*é", "üßé") && is_asked_for("*ß*", "üßé") && !is_asked_for("*a", "üßé")
        );
    }

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
