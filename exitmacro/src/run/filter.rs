//! Whether a handler runs at this exit, and if not, why.

use crate::handler::When;
use crate::handler::context::ExitReason;
use crate::report::SkipReason;
use crate::sys;

/// Whether one of the patterns, which commas separate, matches `name`. A `*` stands for any text.
pub(crate) fn matches_any(patterns: &str, name: &str) -> bool {
    let mut left = Some(patterns);
    while let Some(pattern) = next_pattern(&mut left) {
        if !pattern.is_empty() && matches(pattern, name) {
            return true;
        }
    }
    false
}

/// Returns the next pattern that matches no handler, and removes it and all before it. Passes over
/// empty patterns and patterns of stars alone.
pub(crate) fn next_unmatched<'a, N>(
    patterns: &mut Option<&'static str>,
    names: impl Fn() -> N,
) -> Option<&'static str>
where
    N: Iterator<Item = &'a str>,
{
    while let Some(pattern) = next_pattern(patterns) {
        if !matches(pattern, "") && !names().any(|name| matches(pattern, name)) {
            return Some(pattern);
        }
    }
    None
}

/// Removes the next pattern and returns it, without the spaces around it. Byte by byte, because the
/// searches of `str` are large.
#[inline(never)]
fn next_pattern<'p>(patterns: &mut Option<&'p str>) -> Option<&'p str> {
    let left = patterns.take()?;
    let comma = left.bytes().position(|byte| byte == b',');
    *patterns = comma.and_then(|comma| left.get(comma + 1..));
    Some(left.get(..comma.unwrap_or(left.len())).unwrap_or_default().trim_ascii())
}

/// A star stands for as little text as possible: where what follows it does not match, for one byte
/// more. An earlier star needs no second attempt. Byte by byte, because the searches of `str` are
/// large, and a character never matches in the middle of another one.
#[inline(never)]
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut read) = (0, 0);
    // What follows the last star, and how far that reaches.
    let mut last_star = None;
    while at < pattern.len() || read < name.len() {
        if pattern.get(at) == Some(&b'*') {
            at += 1;
            last_star = Some((at, read));
        } else if read < name.len() && pattern.get(at) == name.get(read) {
            (at, read) = (at + 1, read + 1);
        } else {
            let Some((after, end)) = last_star.filter(|&(_, end)| end < name.len()) else {
                return false;
            };
            (at, read) = (after, end + 1);
            last_star = Some((at, read));
        }
    }
    true
}

/// Why a handler with this `when` does not run at this exit; `None` when it runs. A signal is
/// neither a success nor a failure. While the process continues, nothing has failed.
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
            assert!(matches_any(pattern, "app::db::close"), "{pattern:?}");
        }
        for pattern in ["", ",", "close", "app", "app::*::open", "*db", "db*", "App::*"] {
            assert!(!matches_any(pattern, "app::db::close"), "{pattern:?}");
        }
    }

    /// The definition, tried out for every text that a star may stand for.
    fn matches_by_definition(pattern: &[u8], name: &[u8]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some((b'*', rest)) => {
                (0..=name.len()).any(|read| matches_by_definition(rest, &name[read..]))
            }
            Some((first, rest)) => {
                name.first() == Some(first) && matches_by_definition(rest, &name[1..])
            }
        }
    }

    /// All texts of these characters of at most that length.
    fn texts(characters: &str, length: usize) -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut longest = texts.clone();
        for _ in 0..length {
            let mut longer = Vec::new();
            for text in &longest {
                longer.extend(characters.chars().map(|last| format!("{text}{last}")));
            }
            longest = longer;
            texts.extend_from_slice(&longest);
        }
        texts
    }

    #[test]
    fn stars_match_as_they_are_defined() {
        let names = texts("ab", 6);
        for pattern in texts("ab*", 5) {
            for name in &names {
                assert_eq!(
                    matches(&pattern, name),
                    matches_by_definition(pattern.as_bytes(), name.as_bytes()),
                    "{pattern:?} {name:?}"
                );
            }
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
            matches_any("ü*é", "üßé") && matches_any("*ß*", "üßé") && !matches_any("*a", "üßé")
        );
    }

    /// Which values of `when` run.
    fn running(reason: ExitReason, status: Option<i32>) -> Vec<When> {
        [Always, Success, Failure, When::Signal]
            .into_iter()
            .filter(|&when| why_skipped(when, reason, status).is_none())
            .collect()
    }

    #[test]
    fn the_status_distinguishes_success_from_failure() {
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
    fn a_process_that_continues_has_not_failed() {
        assert_eq!(running(ExitReason::Requested, None), [Always, Success]);
        assert_eq!(running(ExitReason::Unload, None), [Always, Success]);
    }

    #[test]
    fn an_unknown_status_is_reported() {
        assert_eq!(running(ExitReason::Exit, None), [Always]);
        assert_eq!(why_skipped(Success, ExitReason::Exit, None), Some(SkipReason::UnknownStatus));
        assert_eq!(why_skipped(Failure, ExitReason::Exit, None), Some(SkipReason::UnknownStatus));
        assert_eq!(why_skipped(When::Signal, ExitReason::Exit, None), Some(SkipReason::When));
    }
}
