//! Tells a file which handlers failed, for whoever looks at a container that has ended.

use super::report::Report;
use crate::run;
use core::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;

/// What Kubernetes shows of the file.
const LONGEST: usize = 4096;

/// Writes the failures to the file at `path`. Where that is not possible, nothing changes: stderr has heard of them too.
pub(crate) fn leave(path: &str, report: &Report) {
    if run::is_starved() {
        return;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    // A pipe that nobody reads must not stop the end of the process.
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    if let Ok(mut file) = options.open(path) {
        _ = file.write_all(text(report).as_bytes());
    }
}

/// One line a failure, as many as fit, the last one cut between two characters.
fn text(report: &Report) -> String {
    let mut text = String::new();
    for handler in report.handlers().iter().filter(|handler| handler.outcome().is_failure()) {
        // Writing to a string does not fail.
        _ = writeln!(text, "handler `{}` ({}) {}", handler.name(), handler.location(), handler.outcome());
        if text.len() > LONGEST {
            text.truncate((0..=LONGEST).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0));
            break;
        }
    }
    text
}
