//! Starts a scenario program with its arguments and variables.

use super::ended::Ended;
use super::running::Running;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A scenario that takes longer counts as hanging.
pub(super) const LIMIT: Duration = exitmacro_testing::LIMIT;

/// The scenario program of that name. `EXITMACRO_SCENARIOS` names a folder of programs that were
/// built with another profile.
macro_rules! scenario {
    ($name:literal) => {
        $crate::support::Scenario::new($name, env!(concat!("CARGO_BIN_EXE_", $name)))
    };
}
pub(crate) use scenario;

pub(crate) struct Scenario {
    command: Command,
}

impl Scenario {
    pub(crate) fn new(name: &str, built_by_cargo: &str) -> Self {
        let program = std::env::var_os("EXITMACRO_SCENARIOS")
            .map_or_else(|| PathBuf::from(built_by_cargo), |folder| Path::new(&folder).join(name));
        Self::of(&program)
    }

    /// A program at any path.
    pub(crate) fn of(program: &Path) -> Self {
        let mut command = Command::new(program);
        exitmacro_testing::prepare(&mut command).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn current_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self
    }

    pub(crate) fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    pub(crate) fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.command.stderr(stderr);
        self
    }

    /// The path of the program, for another program that starts it.
    pub(crate) fn program(&self) -> String {
        self.command.get_program().to_string_lossy().into_owned()
    }

    /// Changes the command itself, for what has no method here.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Command)) -> Self {
        change(&mut self.command);
        self
    }

    /// Runs to the end.
    #[track_caller]
    pub(crate) fn run(self) -> Ended {
        self.start().end()
    }

    /// Starts the program, for tests that interact with it.
    #[track_caller]
    pub(crate) fn start(mut self) -> Running {
        // Before the start, because a busy machine may run the program before this thread
        // continues.
        let started = Instant::now();
        Running::new(self.spawn(), started)
    }

    /// A program that was just written may still be open for writing in a child of another test,
    /// until that child executes its program.
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
