//! What a program left behind, and how tests compare it.

use super::lines::PERHAPS_PARKED;
use super::normalize::{normalized, without_line_numbers};
use super::target::target;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: ExitStatus,
    pub(crate) took: Duration,
}

impl Ended {
    /// The exit status, or minus the signal that ended the process.
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| {
            -self.status.signal().expect("a process ends by a status or by a signal")
        })
    }

    /// Compares everything at once, with stderr [`normalized`], and as [known](Self::known_stderr)
    /// unless more is expected.
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, stdout: &str, stderr: &str) {
        let found = (self.code(), self.stdout.as_str(), self.comparable_stderr(stderr));
        assert_eq!(found, (code, stdout, stderr.to_owned()));
    }

    /// The same [`without_line_numbers`], for lines that name the location of a handler.
    #[track_caller]
    pub(crate) fn assert_at_any_line(&self, code: i32, stdout: &str, stderr: &str) {
        let found = without_line_numbers(&self.comparable_stderr(stderr));
        assert_eq!((self.code(), self.stdout.as_str(), found), (code, stdout, stderr.to_owned()));
    }

    fn comparable_stderr(&self, expected: &str) -> String {
        if expected.contains(PERHAPS_PARKED) {
            normalized(&self.stderr)
        } else {
            normalized(&self.known_stderr())
        }
    }

    /// Where a thread that std has parked is not recognised, each handler that times out may be
    /// such a one, and its line says so. This is stderr without that.
    pub(crate) fn known_stderr(&self) -> String {
        if target().parked_threads_are_recognised {
            self.stderr.clone()
        } else {
            self.stderr.replace(PERHAPS_PARKED, "")
        }
    }

    pub(crate) fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }

    /// Whether the program prints a line `left out: what it lacks; what provides it`, because this
    /// machine lacks something. The test is then reported as left out, and returns.
    #[track_caller]
    pub(crate) fn is_left_out(&self) -> bool {
        let Some(line) = self.lines().into_iter().find_map(|line| line.strip_prefix("left out: "))
        else {
            return false;
        };
        let (lacks, package) = line.split_once("; ").expect("the line says what brings it");
        exitmacro_testing::left_out(lacks, package);
        true
    }
}
