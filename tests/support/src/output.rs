//! Runs a program to its end, with a time limit.

use crate::surroundings::prepare;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a program on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Runs a program, and returns what it leaves. Its surroundings are those of [`prepare`].
///
/// # Panics
///
/// When it does not start, or does not end within [`LIMIT`]; then it is killed first.
#[track_caller]
pub fn output(command: &mut Command) -> Output {
    output_within(LIMIT, command)
}

/// The same with another limit, for a program that builds a program.
///
/// # Panics
///
/// When it does not start, or does not end in time; then it is killed first.
#[track_caller]
pub fn output_within(limit: Duration, command: &mut Command) -> Output {
    let end = Instant::now() + limit;
    prepare(command).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stdout = read(child.stdout.take().expect("it is piped"));
    let stderr = read(child.stderr.take().expect("it is piped"));
    let status = wait(&mut child, end);
    // A process that the program left behind may keep them open.
    let [stdout, stderr] = [stdout, stderr].map(|stream| text(&stream, end));
    let (Some(status), Ok(stdout), Ok(stderr)) = (status, &stdout, &stderr) else {
        panic!(
            "{command:?} did not end within {limit:?}: {status:?}, stdout {stdout:?}, \
             stderr {stderr:?}"
        );
    };
    Output { status, stdout: stdout.clone().into_bytes(), stderr: stderr.clone().into_bytes() }
}

/// Asks until there is an answer. `None` if there is none within [`LIMIT`].
pub fn wait_until<T>(mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    loop {
        let answer = ask();
        if answer.is_some() || started.elapsed() > LIMIT {
            return answer;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// `None` for a program that had to be killed.
fn wait(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().expect("the program can be waited for") {
            return Some(status);
        }
        if Instant::now() > end {
            _ = child.kill();
            _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn read(mut stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            _ = sender.send(buffer[..length].to_vec());
        }
    });
    receiver
}

/// All text, or the text that arrived in time.
pub(crate) fn text(stream: &Receiver<Vec<u8>>, end: Instant) -> Result<String, String> {
    let mut bytes = Vec::new();
    // What was printed can be read even when no time is left.
    let left = || end.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
    loop {
        match stream.recv_timeout(left()) {
            Ok(more) => bytes.extend(more),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Ok(String::from_utf8_lossy(&bytes).into_owned());
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                return Err(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
}
