//! A service that runs, with a time limit.

use exitmacro_testing::{Ended, Running, send, wait_until};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    program: Running,
}

/// The variable that skips all handlers, as in a program without exitmacro.
pub(crate) const WITHOUT: (&str, &str) = ("EXITMACRO_SKIP", "*");

pub(crate) fn ended(code: i32, stdout: &str) -> Ended {
    Ended { code, stdout: stdout.to_owned(), stderr: String::new() }
}

impl Service {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut service = Self { address: ([0; 4], 0).into(), program: Running::start(command) };
        let line = service.line();
        let address = line.strip_prefix("listening on ").expect("the first line has the address");
        service.address = address.parse().expect("an address");
        service
    }

    pub(crate) fn line(&mut self) -> String {
        self.program.line().trim_end().to_owned()
    }

    pub(crate) fn send(&self, signal: i32) {
        send(self.program.id(), signal);
    }

    /// Waits until a connection is refused. A request of this test is in flight, so the process has
    /// not ended.
    pub(crate) fn wait_until_refused(&mut self) {
        let refused = || {
            let error = TcpStream::connect(self.address).err()?;
            (error.kind() == ErrorKind::ConnectionRefused).then_some(())
        };
        wait_until(refused).expect("new connections are refused");
        assert!(self.program.still_runs());
    }

    pub(crate) fn end(self) -> Ended {
        self.program.end()
    }
}
