//! Compares what a scenario left behind, wherever in its source the handlers stand.

use crate::harness::{Ended, steady};

/// Compares like [`Ended::assert`]; the line of a handler's location, which moves with every edit
/// of a scenario program, is written `_`.
#[track_caller]
pub(crate) fn assert_anywhere(ended: &Ended, code: i32, stdout: &str, stderr: &str) {
    let found = (ended.code(), ended.stdout.as_str(), without_lines(&steady(&ended.stderr)));
    assert_eq!(found, (code, stdout, stderr.to_owned()));
}

/// Replaces the number behind each `.rs:`.
pub(crate) fn without_lines(text: &str) -> String {
    let mut parts = text.split(".rs:");
    let mut found = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        found.push_str(".rs:_");
        found.push_str(
            part.trim_start_matches(['_'])
                .trim_start_matches(|character: char| character.is_ascii_digit()),
        );
    }
    found
}
