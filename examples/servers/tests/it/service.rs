//! A service that runs, with a time limit.

use exitmacro_testing::{Deadline, note_end, wait_until};
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, Stdio};

pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    child: Child,
    deadline: Deadline,
    stdout: BufReader<ChildStdout>,
}

/// The variable that skips all handlers, as in a program without exitmacro.
pub(crate) const WITHOUT: (&str, &str) = ("EXITMACRO_SKIP", "*");

/// The status, or the negated number of a signal, and the rest of stdout and stderr.
pub(crate) type Ended = (i32, String, String);

pub(crate) fn ended(code: i32, stdout: &str) -> Ended {
    (code, stdout.to_owned(), String::new())
}

impl Service {
    pub(crate) fn start(command: &mut Command) -> Self {
        exitmacro_testing::prepare(command).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let deadline = Deadline::of(&child);
        let mut service = Self { address: ([0; 4], 0).into(), child, deadline, stdout };
        let line = service.line();
        let address = line.strip_prefix("listening on ").expect("the first line has the address");
        service.address = address.parse().expect("an address");
        service
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("plain text");
        line.trim_end().to_owned()
    }

    pub(crate) fn send(&self, signal: i32) {
        // SAFETY: kill has no preconditions.
        let sent = unsafe { libc::kill(self.child.id().cast_signed(), signal) };
        assert_eq!(sent, 0, "it was not waited for");
    }

    /// Waits until a connection is refused. A request of this test is in flight, so the process has
    /// not ended.
    pub(crate) fn wait_until_refused(&mut self) {
        let refused = || {
            let error = TcpStream::connect(self.address).err()?;
            (error.kind() == ErrorKind::ConnectionRefused).then_some(())
        };
        wait_until(refused).expect("new connections are refused");
        assert_eq!(self.child.try_wait().expect("it can be waited for"), None);
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
        (status.code().unwrap_or_else(signal), stdout, stderr)
    }
}
