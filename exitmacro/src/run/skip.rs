//! Which handlers the environment asks to leave out.

/// Whether one of the patterns, which commas separate, is that of `name`. A `*` stands for any
/// text.
pub(super) fn is_asked_for(patterns: &str, name: &str) -> bool {
    patterns
        .split(',')
        .map(str::trim)
        .filter(|pattern| !pattern.is_empty())
        .any(|pattern| matches(pattern, name))
}

/// The next of the patterns that is that of no handler, and what is left of them. A `*` alone is
/// that of whatever there is.
pub(super) fn next_unmatched<'a, N>(
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
