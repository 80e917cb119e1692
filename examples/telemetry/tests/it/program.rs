//! Starts a program of this package, and ends it on an exit path, with a time limit.

use exitmacro_testing::{Deadline, note_end};
use std::io::Read;
use std::process::{Child, ChildStderr, Command, Stdio};

/// The exit paths, and the status of each. On SIGTERM it is 128 + 15.
pub(crate) const EXIT_PATHS: &[(&str, i32)] =
    &[("return", 0), ("exit", 3), ("panic", 101), ("signal", 143)];

/// The variable that skips all handlers, as in a program without exitmacro.
const WITHOUT: (&str, &str) = ("EXITMACRO_SKIP", "*");

/// A program that runs. Its stdout is a pipe that is not read before [`Program::end`].
pub(crate) struct Program {
    child: Child,
    deadline: Deadline,
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A program that ends on this exit path, and writes or sends to `destination`.
pub(crate) fn program(path: &str, exit_path: &str, destination: &str) -> Command {
    let mut command = Command::new(path);
    command.arg(exit_path).arg(destination);
    exitmacro_testing::prepare(&mut command).stdout(Stdio::piped()).stderr(Stdio::piped());
    // The clients of both packages for HTTP would ask a proxy.
    command.env("NO_PROXY", "127.0.0.1");
    command
}

/// The same without handlers, by `exit`.
pub(crate) fn without_handlers(path: &str, destination: &str) -> Command {
    let mut command = program(path, "exit", destination);
    command.env(WITHOUT.0, WITHOUT.1);
    command
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        let child = command.spawn().expect("the program starts");
        Self { deadline: Deadline::of(&child), child }
    }

    /// Waits for the end of the process, while nothing reads its stdout.
    pub(crate) fn wait(&mut self) {
        self.child.wait().expect("the program can be waited for");
    }

    /// If it waits for a signal, it gets a SIGTERM.
    pub(crate) fn end(mut self) -> Ended {
        let stderr = self.child.stderr.take().expect("it is piped");
        let id = self.child.id();
        let stderr = std::thread::spawn(move || read(stderr, id));
        let mut stdout = String::new();
        let mut pipe = self.child.stdout.take().expect("it is piped");
        pipe.read_to_string(&mut stdout).expect("plain text");
        let status = self.child.wait().expect("the program can be waited for");
        note_end(status);
        drop(self.deadline);
        Ended { code: status.code(), stdout, stderr: stderr.join().expect("it does not panic") }
    }
}

/// All text but the line of a program that waits for a signal, which gets it.
fn read(mut stderr: ChildStderr, id: u32) -> String {
    const WAITING: &str = "waiting for a signal\n";
    let mut text = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(length @ 1..) = stderr.read(&mut buffer) {
        text.extend(&buffer[..length]);
        if text == WAITING.as_bytes() {
            text.clear();
            // SAFETY: kill has no preconditions.
            unsafe { libc::kill(id.cast_signed(), libc::SIGTERM) };
        }
    }
    String::from_utf8(text).expect("plain text")
}

impl Ended {
    /// Checks the status, and that stderr has nothing but the message of the panic.
    #[track_caller]
    pub(crate) fn check(&self, exit_path: &str, code: i32) {
        assert_eq!(self.code, Some(code), "{exit_path}: {self:?}");
        if exit_path == "panic" {
            assert!(self.stderr.contains("out of ink"), "{self:?}");
            assert!(!self.stderr.contains("exitmacro: "), "{self:?}");
        } else {
            assert_eq!(self.stderr, "", "{exit_path}");
        }
    }

    /// Checks the status of a program without handlers, and that stderr names the handler.
    #[track_caller]
    pub(crate) fn check_without_handlers(&self) {
        assert_eq!(self.code, Some(3), "{self:?}");
        let first = self.stderr.lines().next().unwrap_or_default();
        assert!(first.ends_with(" skipped: EXITMACRO_SKIP matches it"), "{self:?}");
    }
}
