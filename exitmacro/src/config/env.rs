//! The environment variables that configure a run, and what their values mean.

#[cfg(feature = "picture")]
use crate::config::PictureFormat;
use crate::config::{LogLevel, duration};
use core::time::Duration;

pub(crate) const BUDGET: &str = "EXITMACRO_BUDGET";
pub(crate) const LOG: &str = "EXITMACRO_LOG";
pub(crate) const SKIP: &str = "EXITMACRO_SKIP";

/// What is expected in [`BUDGET`].
pub(crate) const A_BUDGET: &str = "a duration longer than zero, such as `500ms`, `25s` or `1m30s`";

pub(crate) fn budget(text: &str) -> Option<Duration> {
    duration::parse(text)
}

/// What is expected in [`LOG`].
pub(crate) const A_LOG_LEVEL: &str = "`quiet`, `error`, `info` or `trace`";

pub(crate) fn log_level(text: &str) -> Option<LogLevel> {
    match text {
        "quiet" => Some(LogLevel::Quiet),
        "" | "error" => Some(LogLevel::Error),
        "info" => Some(LogLevel::Info),
        "trace" => Some(LogLevel::Trace),
        _ => None,
    }
}

#[cfg(feature = "picture")]
pub(crate) const TRACE: &str = "EXITMACRO_TRACE";

/// What is expected in [`TRACE`].
#[cfg(feature = "picture")]
pub(crate) const A_PICTURE: &str = "the path of a file, in UTF-8, that ends in `.svg` or `.json`";

/// What goes into a file of that name.
#[cfg(feature = "picture")]
pub(crate) fn picture_format(path: &str) -> Option<PictureFormat> {
    let ending = std::path::Path::new(path).extension()?;
    let is = |expected: &str| ending.eq_ignore_ascii_case(expected);
    let svg = is("svg").then_some(PictureFormat::Svg);
    svg.or_else(|| is("json").then_some(PictureFormat::Trace))
}

/// What is expected in [`SKIP`].
pub(crate) const PATTERNS: &str = "names of handlers, separated by commas";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_level_has_one_name_and_error_is_the_default() {
        let levels =
            ["", "error", "quiet", "info", "trace", "Trace", "debug", " info"].map(log_level);
        let [quiet, error, info, trace] =
            [LogLevel::Quiet, LogLevel::Error, LogLevel::Info, LogLevel::Trace].map(Some);
        assert_eq!(levels, [error, error, quiet, info, trace, None, None, None]);
    }

    #[cfg(feature = "picture")]
    #[test]
    fn the_ending_of_a_path_says_what_goes_into_it() {
        let formats = ["a.svg", "/a.b/c.JSON", "a.png", "svg", ".svg", ""].map(picture_format);
        let (svg, trace) = (PictureFormat::Svg, PictureFormat::Trace);
        assert_eq!(formats, [Some(svg), Some(trace), None, None, None, None]);
    }

    #[test]
    fn a_budget_is_longer_than_zero() {
        let budgets = ["1m30s", "0s", "soon"].map(budget);
        assert_eq!(budgets, [Some(Duration::from_secs(90)), None, None]);
    }
}
