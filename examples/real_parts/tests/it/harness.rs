//! Runs a program of this package on one of its exit paths, with a time limit.

use exitmacro_testing::wait_until;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

pub(crate) const LIMIT: Duration = exitmacro_testing::LIMIT;

/// The exit paths, and the exit status of each. On SIGTERM the handlers end the process, with 128 +
/// 15.
pub(crate) const EXIT_PATHS: &[(&str, i32)] =
    &[("return", 0), ("exit", 3), ("panic", 101), ("signal", 143)];

/// The variable that skips all handlers, as in a program without exitmacro.
pub(crate) const WITHOUT: (&str, &str) = ("EXITMACRO_SKIP", "*");

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

/// A program of this package that works in `folder` and ends on this exit path.
pub(crate) fn program(path: &str, exit_path: &str, folder: &Path) -> Command {
    let mut command = Command::new(path);
    command.arg(exit_path).arg(folder);
    command
}

/// Runs it to its end. If it waits, it gets a SIGTERM.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Ended {
    run_with(command, |id| send(id, libc::SIGTERM))
}

/// Runs it to its end. If it waits, `interrupt` is called with its process id.
#[track_caller]
pub(crate) fn run_with(command: &mut Command, interrupt: fn(u32)) -> Ended {
    exitmacro_testing::prepare(command).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let interrupt = {
        let id = child.id();
        move || interrupt(id)
    };
    let streams = [
        lines_of(child.stdout.take().expect("it is piped"), interrupt),
        lines_of(child.stderr.take().expect("it is piped"), interrupt),
    ];
    let status = end_of(&mut child);
    let [stdout, stderr] = streams.map(|lines| text(&lines));
    Ended {
        stdout,
        stderr,
        code: status.code().unwrap_or_else(|| {
            -status.signal().expect("a process ends by a status or by a signal")
        }),
    }
}

fn lines_of(
    stream: impl Read + Send + 'static,
    interrupt: impl Fn() + Send + 'static,
) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n') {
            let line = String::from_utf8_lossy(&line.unwrap_or_default()).into_owned() + "\n";
            if line == "waiting for a signal\n" {
                interrupt();
            }
            // A failed test drops the receiver.
            _ = sender.send(line);
        }
    });
    receiver
}

/// All lines until the stream ends. A process that was left behind may keep it open.
#[track_caller]
fn text(lines: &Receiver<String>) -> String {
    let mut text = String::new();
    loop {
        match lines.recv_timeout(LIMIT) {
            Ok(line) => text += &line,
            Err(RecvTimeoutError::Disconnected) => return text,
            Err(RecvTimeoutError::Timeout) => panic!("a process keeps the stream open: {text}"),
        }
    }
}

#[track_caller]
fn end_of(child: &mut Child) -> ExitStatus {
    let ended = wait_until(|| child.try_wait().expect("the program can be waited for"));
    ended.unwrap_or_else(|| {
        _ = child.kill();
        _ = child.wait();
        panic!("the program hung");
    })
}

#[expect(clippy::cast_possible_wrap, reason = "process ids are positive")]
pub(crate) fn send(process: u32, signal: i32) {
    // SAFETY: kill has no preconditions.
    unsafe { libc::kill(process as libc::pid_t, signal) };
}

/// Whether this process runs. A zombie, which another process may have to reap, does not.
pub(crate) fn runs(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    status.rsplit(") ").next().is_some_and(|state| !state.is_empty() && !state.starts_with('Z'))
}

/// The names of the files in a folder, in order.
pub(crate) fn files_in(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("it is there")
        .map(|entry| {
            entry.expect("it can be read").file_name().into_string().expect("a plain name")
        })
        .collect();
    files.sort();
    files
}

/// The output in the comment at the top of a program.
pub(crate) fn promised_output(source: &str) -> String {
    let lines = source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines
        .skip_while(|line| *line != "Output:")
        .skip(2)
        .take_while(|line| *line != "```")
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// Runs a program without arguments and compares its output with the comment at its top.
#[track_caller]
pub(crate) fn compare(command: &mut Command, source: &str) {
    let ended = run(command);
    assert_eq!(
        (ended.code, ended.stdout.as_str(), ended.stderr.as_str()),
        (0, promised_output(source).as_str(), "")
    );
}

/// Runs a program on every exit path, and once without handlers. `left` returns the state of the
/// folder. Every exit path must result in `clean`, and the run without handlers must not.
#[track_caller]
pub(crate) fn check_every_way<T: PartialEq + std::fmt::Debug>(
    path: &str,
    clean: &T,
    left: impl Fn(&Path) -> T,
) {
    for &(exit_path, code) in EXIT_PATHS {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let ended = run(&mut program(path, exit_path, folder.path()));
        assert_eq!((ended.code, &left(folder.path())), (code, clean), "{exit_path}: {ended:?}");
    }
    let folder = tempfile::tempdir().expect("a folder can be made");
    let ended = run(program(path, "exit", folder.path()).env(WITHOUT.0, WITHOUT.1));
    assert_eq!(ended.code, 3, "{ended:?}");
    assert_ne!(&left(folder.path()), clean, "without handlers something is left: {ended:?}");
}
