//! Starts a scenario program, bounds its time, and returns all that it leaves behind.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a scenario may take before it counts as hanging.
const LIMIT: Duration = Duration::from_secs(60);

/// The scenario program of that name. With `EXITMACRO_SCENARIOS` set it is taken from that folder, so that the same tests run on programs that were built with another
/// profile.
macro_rules! scenario {
    ($name:literal) => {
        $crate::harness::Scenario::new($name, env!(concat!("CARGO_BIN_EXE_", $name)))
    };
}
pub(crate) use scenario;

/// Whether the scenario programs were built with `panic = "abort"`.
pub(crate) fn panics_abort() -> bool {
    std::env::var_os("EXITMACRO_SCENARIOS_ABORT").is_some()
}

pub(crate) struct Scenario {
    command: Command,
}

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: ExitStatus,
    pub(crate) took: Duration,
}

impl Ended {
    /// The exit status, or minus the signal that ended the process.
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| -self.status.signal().expect("a process ends by a status or by a signal"))
    }

    /// Compares everything at once. Times in stderr, and what differs from run to run, are replaced first; see [`steady`].
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, stdout: &str, stderr: &str) {
        let found = (self.code(), self.stdout.as_str(), steady(&self.stderr));
        assert_eq!(found, (code, stdout, stderr.to_owned()));
    }

    pub(crate) fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }
}

impl Scenario {
    pub(crate) fn new(name: &str, built_by_cargo: &str) -> Self {
        let program = std::env::var_os("EXITMACRO_SCENARIOS").map_or_else(|| PathBuf::from(built_by_cargo), |folder| Path::new(&folder).join(name));
        Self::of(&program)
    }

    /// Any program.
    pub(crate) fn of(program: &Path) -> Self {
        let mut command = Command::new(program);
        command.env("RUST_BACKTRACE", "0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for variable in ["EXITMACRO_LOG", "EXITMACRO_BUDGET"] {
            command.env_remove(variable);
        }
        Self { command }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The command itself, for what has no method here.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Command)) -> Self {
        change(&mut self.command);
        self
    }

    /// Runs to the end.
    #[track_caller]
    pub(crate) fn run(self) -> Ended {
        self.start().end()
    }

    /// Starts, for tests that have more than one program at work.
    #[track_caller]
    pub(crate) fn start(mut self) -> Running {
        let mut child = self.command.spawn().expect("the scenario program starts");
        let stdout = child.stdout.take().map(read_on_a_thread);
        let stderr = child.stderr.take().map(read_on_a_thread);
        Running { child, stdout, stderr, started: Instant::now() }
    }
}

fn read_on_a_thread(mut stream: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What a program leaves is what could be read.
        _ = stream.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// A scenario program that has not ended.
pub(crate) struct Running {
    pub(crate) child: Child,
    stdout: Option<thread::JoinHandle<String>>,
    stderr: Option<thread::JoinHandle<String>>,
    started: Instant,
}

impl Running {
    /// Waits for the end; a program that hangs is killed, and fails the test with its output.
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
        let text = |reader: Option<thread::JoinHandle<String>>| reader.map(|reader| reader.join().expect("reading does not fail")).unwrap_or_default();
        let ended = Ended { stdout: text(self.stdout), stderr: text(self.stderr), status, took };
        assert!(!hung, "the program hung: {ended:?}");
        ended
    }
}

/// Replaces in a stderr text what differs from run to run: durations become `_s`, thread ids in panic messages `(_)`; and the line and column in the message of a
/// panic, which nobody promised.
pub(crate) fn steady(text: &str) -> String {
    let mut steady = String::new();
    for line in text.split_inclusive('\n') {
        let words: Vec<String> = line.split(' ').map(steady_word).collect();
        steady.push_str(&words.join(" "));
    }
    steady
}

fn steady_word(word: &str) -> String {
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|character| character.is_ascii_digit() || character == '.');
    let core = word.trim_end_matches([':', '\n', ';']);
    let ending = &word[core.len()..];
    let is_duration = ["ns", "µs", "ms", "s"].iter().any(|unit| core.strip_suffix(unit).is_some_and(is_number));
    let is_thread = core.strip_prefix('(').and_then(|core| core.strip_suffix(')')).is_some_and(is_number);
    if let [file, line, column] = core.splitn(3, ':').collect::<Vec<_>>()[..]
        && is_number(line)
        && is_number(column)
    {
        return format!("{file}:_{ending}");
    }
    match (is_duration, is_thread) {
        (true, _) => format!("_s{ending}"),
        (_, true) => format!("(_){ending}"),
        _ => word.to_owned(),
    }
}
