//! Writes which handlers failed to a file, for a user who inspects a container that has ended.

use crate::config::TerminationMessage;
use crate::config::declared::Settings;
use crate::report::Report;
use crate::report::line::say;
use crate::sys;
use crate::text::table::cell;
use core::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};

impl Settings {
    /// `termination_message = …`
    #[must_use]
    pub const fn termination_message(mut self, path: &'static str) -> Self {
        self.termination_message = Some(TerminationMessage { path, write: leave });
        self
    }
}

/// How many bytes of the file Kubernetes shows.
const LONGEST: usize = 4096;

/// Writes the failures to the file at `path`. An error is printed to stderr, where the failures
/// stand already.
pub(crate) fn leave(path: &str, report: &Report) {
    if sys::is_starved() {
        return;
    }
    if let Err(error) = write(path, &text(report)) {
        say(format_args!("the termination message cannot be written to {path}: {error}"));
    }
}

/// Writes into the existing file, because Kubernetes mounts it into the container and reads no
/// other; or into a new one.
fn write(path: &str, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    // A pipe without a reader must not block the end of the process. A symbolic link may lead to a
    // file of another user's choice, which that user may not write to, but the program may.
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NONBLOCK | libc::O_NOFOLLOW,
    );
    let is_link = || cfg!(unix) && fs::symlink_metadata(path).is_ok_and(|file| file.is_symlink());
    let opened = options.open(path).map_err(|error| {
        if is_link() {
            io::Error::other("it is a symbolic link, which is not followed")
        } else {
            error
        }
    });
    opened?.write_all(text.as_bytes())
}

/// One line for each failure, control characters escaped as on stderr. The text is cut at the
/// limit, between two characters.
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
