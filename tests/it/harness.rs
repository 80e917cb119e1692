//! Starts a scenario program, bounds its time, and returns all that it leaves behind.

pub(crate) use exitmacro_testing::despite_load;
use std::ffi::OsStr;
use std::io::{ErrorKind, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a scenario may take before it counts as hanging.
const LIMIT: Duration = exitmacro_testing::LIMIT;

/// The scenario program of that name. With `EXITMACRO_SCENARIOS` set it is taken from that folder,
/// so that the same tests run on programs that were built with another profile.
macro_rules! scenario {
    ($name:literal) => {
        $crate::harness::Scenario::new($name, env!(concat!("CARGO_BIN_EXE_", $name)))
    };
}
pub(crate) use scenario;

/// Whether libc's `exit` lets one thread in, and stops all others: glibc does from 2.41 on.
#[cfg(target_env = "gnu")]
pub(crate) fn one_thread_is_in_libcs_exit() -> bool {
    // SAFETY: the version is a C string that stays.
    let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    let mut numbers = version
        .to_str()
        .expect("a version is ASCII")
        .split('.')
        .map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(2), Some(41))
}

/// Whether all that may be left to a check before a change is taken is done: every flag set is
/// built for every crate, and what happens by chance is tried many times.
pub(crate) fn is_whole_matrix() -> bool {
    std::env::var_os("EXITMACRO_TESTS_WHOLE_MATRIX").is_some()
}

/// How often a test tries what goes wrong by chance, if at all: so many times with the whole
/// matrix, a quarter of them otherwise.
pub(crate) fn rounds(whole: u32) -> u32 {
    if is_whole_matrix() { whole } else { whole.div_ceil(4) }
}

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
        self.status.code().unwrap_or_else(|| {
            -self.status.signal().expect("a process ends by a status or by a signal")
        })
    }

    /// Compares everything at once. Times in stderr, and what differs from run to run, are replaced
    /// first; see [`steady`].
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, stdout: &str, stderr: &str) {
        let found = (self.code(), self.stdout.as_str(), steady(&self.stderr));
        assert_eq!(found, (code, stdout, stderr.to_owned()));
    }

    pub(crate) fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }

    /// Whether the program says, in a line `left out: what it lacks; what brings that`, that it
    /// cannot do its part on this machine. If so, that is said of this test, which then returns.
    #[track_caller]
    pub(crate) fn is_left_out(&self) -> bool {
        let Some(line) = self.lines().into_iter().find_map(|line| line.strip_prefix("left out: "))
        else {
            return false;
        };
        let (lacks, package) = line.split_once("; ").expect("the line says what brings it");
        exitmacro_testing::left_out(lacks, package);
        true
    }
}

impl Scenario {
    pub(crate) fn new(name: &str, built_by_cargo: &str) -> Self {
        let program = std::env::var_os("EXITMACRO_SCENARIOS")
            .map_or_else(|| PathBuf::from(built_by_cargo), |folder| Path::new(&folder).join(name));
        Self::of(&program)
    }

    /// Any program.
    pub(crate) fn of(program: &Path) -> Self {
        let mut command = Command::new(program);
        exitmacro_testing::prepare(&mut command).stdout(Stdio::piped()).stderr(Stdio::piped());
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

    /// The path of the program, for others that start it.
    pub(crate) fn program(&self) -> String {
        self.command.get_program().to_string_lossy().into_owned()
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
        // Before it starts: on a busy machine it may have run for a while when this thread goes on.
        let started = Instant::now();
        let mut child = self.spawn();
        let stdout = child.stdout.take().map(Output::read);
        let stderr = child.stderr.take().map(Output::read);
        Running { child, stdout, stderr, started }
    }
}

impl Scenario {
    /// A program that was just written may still be open for that in the child of another test,
    /// until that child is another program.
    #[track_caller]
    fn spawn(&mut self) -> Child {
        let begin = Instant::now();
        loop {
            match self.command.spawn() {
                Err(error)
                    if error.kind() == ErrorKind::ExecutableFileBusy && begin.elapsed() < LIMIT =>
                {
                    thread::sleep(Duration::from_millis(5))
                }
                child => return child.expect("the scenario program starts"),
            }
        }
    }
}

/// What a program has printed so far.
#[derive(Default)]
struct Printed {
    bytes: Vec<u8>,
    is_closed: bool,
}

/// An output of a program, which a thread reads as it comes.
#[derive(Clone, Default)]
struct Output(Arc<(Mutex<Printed>, Condvar)>);

impl Output {
    fn read(mut stream: impl Read + Send + 'static) -> Self {
        let output = Self::default();
        let found = output.clone();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // What a program leaves is what could be read.
            while let Ok(length @ 1..) = stream.read(&mut buffer) {
                found.change(|printed| printed.bytes.extend_from_slice(&buffer[..length]));
            }
            found.change(|printed| printed.is_closed = true);
        });
        output
    }

    fn change(&self, change: impl FnOnce(&mut Printed)) {
        let (printed, changed) = &*self.0;
        change(&mut printed.lock().unwrap_or_else(PoisonError::into_inner));
        changed.notify_all();
    }

    /// Waits until there is a line of that kind, the output is closed, or the time is over.
    fn wait_for(&self, is_it: impl Fn(&str) -> bool, end: Instant) -> Option<String> {
        let (printed, changed) = &*self.0;
        let find = |printed: &Printed| {
            let mut lines = printed
                .bytes
                .split_inclusive(|&byte| byte == b'\n')
                .filter_map(|line| line.strip_suffix(b"\n"));
            lines.find_map(|line| {
                str::from_utf8(line).ok().filter(|line| is_it(line)).map(str::to_owned)
            })
        };
        let waits = |printed: &mut Printed| !printed.is_closed && find(printed).is_none();
        let left = end.saturating_duration_since(Instant::now());
        let printed = changed.wait_timeout_while(
            printed.lock().unwrap_or_else(PoisonError::into_inner),
            left,
            waits,
        );
        find(&printed.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// All that there is, when it is closed or the time has passed; and whether it is closed.
    fn all(&self, end: Instant) -> (String, bool) {
        let (printed, changed) = &*self.0;
        // What was printed can be read, also when there is no time left.
        let left = end.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
        let printed = changed.wait_timeout_while(
            printed.lock().unwrap_or_else(PoisonError::into_inner),
            left,
            |printed| !printed.is_closed,
        );
        let printed = printed.unwrap_or_else(PoisonError::into_inner).0;
        (String::from_utf8_lossy(&printed.bytes).into_owned(), printed.is_closed)
    }
}

/// A scenario program that has not ended.
pub(crate) struct Running {
    pub(crate) child: Child,
    stdout: Option<Output>,
    stderr: Option<Output>,
    started: Instant,
}

impl Running {
    /// Waits until the program has printed this line on stdout, also if it did so before. A program
    /// that does not is killed, and fails the test with its output.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, line: &str) {
        self.wait_for_line(line, |found| found == line);
    }

    /// Whether the program prints this line on stdout. It does not if it closes stdout before, as
    /// at its end.
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
        // SAFETY: sends a signal to a process that was not waited for, whose number therefore
        // belongs to no other one.
        let sent = unsafe { libc::kill(self.child.id().cast_signed(), signal) };
        assert_eq!(sent, 0, "the signal cannot be sent: {}", std::io::Error::last_os_error());
    }

    /// Waits for the end of the program, and of its output; a program that hangs is killed, and
    /// fails the test with its output, and so does one that leaves a process behind that keeps its
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
    /// What a failed test leaves does not run on. A program that has ended was waited for, and
    /// nothing is killed.
    fn drop(&mut self) {
        _ = self.child.kill();
    }
}

/// Replaces in a stderr text what differs from run to run: durations become `_s`, thread ids in
/// panic messages `(_)`; and the line and column in the message of a panic, which rustc does not
/// promise.
pub(crate) fn steady(text: &str) -> String {
    let mut steady = String::new();
    for line in text.split_inclusive('\n') {
        let words: Vec<String> = line.split(' ').map(steady_word).collect();
        steady.push_str(&words.join(" "));
    }
    steady
}

fn steady_word(word: &str) -> String {
    let is_number = |text: &str| {
        !text.is_empty()
            && text.chars().all(|character| character.is_ascii_digit() || character == '.')
    };
    let core = word.trim_end_matches([':', '\n', ';', ',']);
    let ending = &word[core.len()..];
    if let Some(inside) = core.strip_prefix('(').filter(|inside| !inside.ends_with(')')) {
        return format!("({}{ending}", steady_word(inside));
    }
    if let Some(inside) = core.strip_suffix(')').filter(|inside| !inside.starts_with('(')) {
        return format!("{}){ending}", steady_word(inside));
    }
    let is_duration =
        ["ns", "µs", "ms", "s"].iter().any(|unit| core.strip_suffix(unit).is_some_and(is_number));
    let is_thread =
        core.strip_prefix('(').and_then(|core| core.strip_suffix(')')).is_some_and(is_number);
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
