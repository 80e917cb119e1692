//! A scenario program while it runs.

use super::ended::Ended;
use super::printed::Output;
use super::scenario::LIMIT;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

/// A scenario program that has not ended.
pub(crate) struct Running {
    pub(crate) child: Child,
    stdout: Option<Output>,
    stderr: Option<Output>,
    started: Instant,
}

impl Running {
    pub(super) fn new(mut child: Child, started: Instant) -> Self {
        let stdout = child.stdout.take().map(Output::read);
        let stderr = child.stderr.take().map(Output::read);
        Self { child, stdout, stderr, started }
    }

    /// Waits until the program has printed this line on stdout, now or before. A program that does
    /// not is killed, and fails the test with its output.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, line: &str) {
        self.wait_for_line(line, |found| found == line);
    }

    /// Whether the program prints this line on stdout before it closes stdout.
    pub(crate) fn prints(&mut self, line: &str) -> bool {
        let stdout = self.stdout.as_ref().expect("stdout is a pipe of the harness");
        stdout.wait_for(|found| found == line, self.started + LIMIT).is_some()
    }

    /// The first line on stdout.
    #[track_caller]
    pub(crate) fn first_line(&mut self) -> String {
        self.wait_for_line("a line", |_| true)
    }

    #[track_caller]
    fn wait_for_line(&mut self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        let stdout = self.stdout.as_ref().expect("stdout is a pipe of the harness");
        if let Some(line) = stdout.wait_for(is_it, self.started + LIMIT) {
            return line;
        }
        _ = self.child.kill();
        let status = self.child.wait();
        let all = |output: &Output| output.all(self.started + LIMIT).0;
        panic!(
            "the program never printed {what:?}: {status:?}, stdout {:?}, stderr {:?}",
            all(stdout),
            self.stderr.as_ref().map(all)
        );
    }

    /// Sends a signal.
    #[track_caller]
    pub(crate) fn signal(&self, signal: i32) {
        // SAFETY: sends a signal to a process that was not waited for, so its number belongs to no
        // other process.
        let sent = unsafe { libc::kill(self.child.id().cast_signed(), signal) };
        assert_eq!(sent, 0, "the signal cannot be sent: {}", std::io::Error::last_os_error());
    }

    /// Waits for the end of the program and of its output. A program that hangs is killed and fails
    /// the test with its output. So does a program that leaves a process behind that keeps its
    /// output open.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        let (status, hung) = loop {
            if let Some(status) = self.child.try_wait().expect("the program can be waited for") {
                break (status, false);
            }
            if self.started.elapsed() > LIMIT {
                _ = self.child.kill();
                break (self.child.wait().expect("a killed program ends"), true);
            }
            thread::sleep(Duration::from_millis(1));
        };
        let took = self.started.elapsed();
        exitmacro_testing::note_end(status);
        let end = self.started + LIMIT;
        let all = |output: Option<Output>| {
            output.map_or_else(|| (String::new(), true), |output| output.all(end))
        };
        let ((stdout, stdout_is_closed), (stderr, stderr_is_closed)) =
            (all(self.stdout.take()), all(self.stderr.take()));
        let ended = Ended { stdout, stderr, status, took };
        assert!(!hung, "the program hung: {ended:?}");
        assert!(
            stdout_is_closed && stderr_is_closed,
            "the program has ended, and another process keeps its output open: {ended:?}"
        );
        ended
    }
}

impl Drop for Running {
    /// A failed test leaves no program running. The number of a program that was waited for is not
    /// used.
    fn drop(&mut self) {
        _ = self.child.kill();
    }
}
