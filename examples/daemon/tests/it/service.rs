//! A program of this package that runs, with a time limit.

use exitmacro_testing::{Deadline, note_end};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, Stdio};

pub(crate) struct Service {
    child: Child,
    deadline: Deadline,
    stdout: BufReader<ChildStdout>,
}

/// What a program printed after its first line, and its status, or the negated number of the signal
/// that killed it.
#[derive(Debug, PartialEq)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Service {
    pub(crate) fn start(command: &mut Command) -> Self {
        exitmacro_testing::prepare(command).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { deadline: Deadline::of(&child), child, stdout }
    }

    pub(crate) fn id(&self) -> i32 {
        self.child.id().cast_signed()
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("plain text");
        line
    }

    pub(crate) fn end(mut self) -> Ended {
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).expect("plain text");
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("it is piped");
        pipe.read_to_string(&mut stderr).expect("plain text");
        let status = self.child.wait().expect("the program can be waited for");
        note_end(status);
        drop(self.deadline);
        let signal = || -status.signal().expect("a process ends by a status or by a signal");
        Ended { code: status.code().unwrap_or_else(signal), stdout, stderr }
    }
}

pub(crate) fn send(process: i32, signal: i32) {
    // SAFETY: kill has no preconditions.
    assert_eq!(unsafe { libc::kill(process, signal) }, 0, "it was not waited for");
}
