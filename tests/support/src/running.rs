//! A program that a test talks to while it runs.

use crate::output::{read, text};
use crate::surroundings::prepare;
use crate::{Deadline, LIMIT, TestChild, note_end};
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStdout, Command, Stdio};
use std::time::Instant;

/// A program that runs, with a time limit.
#[derive(Debug)]
pub struct Running {
    child: TestChild,
    deadline: Deadline,
    stdout: BufReader<ChildStdout>,
}

/// What a program printed after the lines that were read, and its status, or the negated number of
/// the signal that killed it.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    /// The status, or the negated number.
    pub code: i32,
    /// The rest of stdout.
    pub stdout: String,
    /// All of stderr.
    pub stderr: String,
}

impl Running {
    /// Starts the program in the surroundings of [`prepare`].
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn start(command: &mut Command) -> Self {
        prepare(command).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = TestChild(command.spawn().expect("the program starts"));
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { deadline: Deadline::of(&child), child, stdout }
    }

    /// Its process number.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Waits for a line, which has its line break. Empty when stdout has ended.
    ///
    /// # Panics
    ///
    /// When it is no text.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("plain text");
        line
    }

    /// Whether it has not ended.
    ///
    /// # Panics
    ///
    /// When the system does not tell.
    pub fn still_runs(&mut self) -> bool {
        self.child.try_wait().expect("it can be waited for").is_none()
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// When it does not end in time, or a process that it left behind keeps its streams open.
    pub fn end(mut self) -> Ended {
        let end = Instant::now() + LIMIT;
        let stderr = read(self.child.stderr.take().expect("it is piped"));
        let [stdout, stderr] =
            [read(self.stdout), stderr].map(|stream| text(&stream, end).expect("its end is read"));
        let status = self.child.wait().expect("the program can be waited for");
        note_end(status);
        drop(self.deadline);
        let signal = || -status.signal().expect("a process ends by a status or by a signal");
        Ended { code: status.code().unwrap_or_else(signal), stdout, stderr }
    }
}

/// Sends a signal to a process that was not waited for.
///
/// # Panics
///
/// When there is no such process.
pub fn send(process: i32, signal: i32) {
    // SAFETY: kill has no preconditions.
    assert_eq!(unsafe { libc::kill(process, signal) }, 0, "it was not waited for");
}
