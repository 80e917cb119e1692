use exitmacro::AtExitCleanup;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A process that answers every line with the same line.
#[derive(Debug)]
pub struct EchoServer {
    process: Child,
    address: SocketAddr,
}

impl EchoServer {
    /// Starts the program `echo_server`, and waits until it listens.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or does not print its address.
    pub fn start(program: &Path) -> io::Result<Self> {
        let mut command = Command::new(program);
        // In a group of its own, so that Ctrl-C ends the tests, and only they end the server.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn()?;
        let mut address = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut address)?;
        }
        let address = address.trim_end().parse().map_err(io::Error::other)?;
        Ok(Self { process, address })
    }

    /// The address it listens at.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a line to the server at this address, and returns its answer.
    ///
    /// # Errors
    ///
    /// When no server answers.
    pub fn ask(address: SocketAddr, line: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        writeln!(stream, "{line}")?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        Ok(answer.trim_end().to_owned())
    }
}

impl Drop for EchoServer {
    fn drop(&mut self) {
        // Sends SIGTERM, if necessary SIGKILL, and reaps the process.
        if let Err(error) = self.process.cleanup() {
            eprintln!("the echo server was not ended: {error}");
        }
    }
}
