//! Starts the service and waits for its end, with a time limit.

use exitmacro_testing::wait_until;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

pub(crate) const LIMIT: Duration = exitmacro_testing::LIMIT;

/// A service that runs. It is killed when the test fails.
pub(crate) struct Service {
    child: Child,
    pub(crate) address: SocketAddr,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    /// What was printed to stdout so far, after the address.
    printed: Vec<String>,
}

impl Service {
    /// Starts the program, which ends on this exit path and works in `folder`.
    pub(crate) fn start(
        program: &str,
        exit_path: &str,
        folder: &Path,
        environment: &[(&str, &str)],
    ) -> Self {
        let mut command = Command::new(program);
        command.arg(exit_path).arg(folder).envs(environment.iter().copied());
        exitmacro_testing::prepare(&mut command).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdout = lines_of(child.stdout.take().expect("it is piped"));
        let stderr = lines_of(child.stderr.take().expect("it is piped"));
        let mut service =
            Self { child, address: ([0; 4], 0).into(), stdout, stderr, printed: Vec::new() };
        service.address = service.wait_for("listening on ", 1).parse().expect("an address");
        service.printed.clear();
        service
    }

    /// Waits until `times` lines with this beginning have been printed, and returns the rest of the
    /// last one.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, beginning: &str, times: usize) -> String {
        loop {
            if let Some(rest) =
                self.printed.iter().filter_map(|line| line.strip_prefix(beginning)).nth(times - 1)
            {
                return rest.to_owned();
            }
            match self.stdout.recv_timeout(LIMIT) {
                Ok(line) => self.printed.push(line),
                Err(_) => panic!(
                    "{times} times {beginning:?}: {:?}, {:?}",
                    self.printed,
                    self.stderr.try_iter().collect::<Vec<_>>()
                ),
            }
        }
    }

    pub(crate) fn send(&self, signal: i32) {
        // SAFETY: kill has no preconditions.
        let sent = unsafe { libc::kill(self.child.id().cast_signed(), signal) };
        assert_eq!(sent, 0, "the process is there, as it was not waited for");
    }

    /// Waits until no client can connect any more.
    #[track_caller]
    pub(crate) fn wait_until_closed(&self) {
        wait_until(|| TcpStream::connect(self.address).err())
            .expect("it takes no more connections");
    }

    /// Waits for the end of the process and of its output. If a signal ended the process, its
    /// negated number replaces the status.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        let status = wait_until(|| self.child.try_wait().expect("the program can be waited for"))
            .expect("the program ends");
        let code = status.code().unwrap_or_else(|| {
            -status.signal().expect("a process ends by a status or by a signal")
        });
        let mut printed = std::mem::take(&mut self.printed);
        printed.extend(rest(&self.stdout));
        Ended { code, printed, stderr: rest(&self.stderr) }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// How a service ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) printed: Vec<String>,
    pub(crate) stderr: Vec<String>,
}

fn lines_of(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n') {
            // A failed test drops the receiver.
            _ = sender
                .send(String::from_utf8_lossy(&line.unwrap_or_default()).trim_start().to_owned());
        }
    });
    receiver
}

/// All lines until the stream ends.
#[track_caller]
fn rest(lines: &Receiver<String>) -> Vec<String> {
    let mut rest = Vec::new();
    loop {
        match lines.recv_timeout(LIMIT) {
            Ok(line) => rest.push(line),
            Err(RecvTimeoutError::Disconnected) => return rest,
            Err(RecvTimeoutError::Timeout) => panic!("a process keeps the stream open: {rest:?}"),
        }
    }
}
