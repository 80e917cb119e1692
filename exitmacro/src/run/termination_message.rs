//! Tells a file which handlers failed, for whoever looks at a container that has ended.

use super::line::say;
use super::report::Report;
use crate::run;
use core::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};

/// What Kubernetes shows of the file.
const LONGEST: usize = 4096;

/// Writes the failures to the file at `path`. Where that is not possible, stderr hears of it, as it has of the failures.
pub(crate) fn leave(path: &str, report: &Report) {
    if run::is_starved() {
        return;
    }
    if let Err(error) = write(path, &text(report)) {
        say(format_args!("the termination message cannot be written to {path}: {error}"));
    }
}

fn write(path: &str, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    // A pipe that nobody reads must not stop the end of the process.
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)?.write_all(text.as_bytes())
}

/// One line a failure, as many as fit, the last one cut between two characters.
fn text(report: &Report) -> String {
    let mut text = String::new();
    for handler in report.handlers().iter().filter(|handler| handler.outcome().is_failure()) {
        // Writing to a string does not fail.
        _ = writeln!(text, "handler `{}` ({}) {}", handler.name(), handler.location(), handler.result());
        if text.len() > LONGEST {
            text.truncate((0..=LONGEST).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0));
            break;
        }
    }
    text
}
