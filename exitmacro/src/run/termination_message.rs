//! Writes which handlers failed to a file, for a user who inspects a container that has ended.

use crate::config::TerminationMessage;
use crate::config::declared::Settings;
use crate::report::Report;
use crate::report::line::say;
use crate::run::file::open;
use crate::run::global::report_so_far;
use crate::sys;
use crate::text::table::cell;
use core::fmt::Write as _;
use std::io::Write as _;

impl Settings {
    /// `termination_message = …`
    #[must_use]
    pub const fn termination_message(mut self, path: &'static str) -> Self {
        self.termination_message = Some(TerminationMessage { path, write: leave_failures });
        self
    }
}

/// How many bytes of the file Kubernetes shows.
const LONGEST: usize = 4096;

/// The same, of the run so far. Only this makes the report, so that programs without a message do
/// not contain what makes it.
fn leave_failures(path: &str) {
    leave(path, &report_so_far());
}

/// Writes the failures to the file at `path`. An error is printed to stderr, where the failures
/// stand already.
fn leave(path: &str, report: &Report) {
    if sys::is_starved() {
        return;
    }
    if let Err(error) =
        open(path.as_ref()).and_then(|mut file| file.write_all(text(report).as_bytes()))
    {
        say(format_args!("the termination message cannot be written to {path}: {error}"));
    }
}

/// One line a failure, control characters escaped as on stderr, as many as fit, the last one cut
/// between two characters.
fn text(report: &Report) -> String {
    let mut text = String::new();
    for handler in report.handlers().iter().filter(|handler| handler.outcome().is_failure()) {
        // Writing to a string does not fail.
        let line =
            format!("handler `{}` ({}) {}", handler.name(), handler.location(), handler.result());
        _ = writeln!(text, "{}", cell(&line));
        if text.len() > LONGEST {
            text.truncate((0..=LONGEST).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0));
            break;
        }
    }
    text
}
