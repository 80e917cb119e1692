//! One child process: its task, and how it is started.

use crate::exit_path::{self, ExitPath};
use crate::ingest;
use crate::remains::Remains;
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{env, fs};

/// Marks a call of the program by itself.
pub(crate) const FLAG: &str = "--child";

/// Names the handlers that are skipped: all of them, in children without exitmacro.
const SKIP: &str = "EXITMACRO_SKIP";

/// Whether the handlers of this child run.
pub(crate) fn cleans_up() -> bool {
    env::var_os(SKIP).is_none()
}

/// The task of a child, as its parent sends it and as the child reads it.
pub(crate) struct Task {
    pub(crate) exit_path: &'static ExitPath,
    pub(crate) cleans_up: bool,
    pub(crate) input: PathBuf,
    /// The folder of all that the child makes.
    pub(crate) folder: PathBuf,
}

impl Task {
    pub(crate) fn parse(args: &[OsString]) -> Result<Self, Box<dyn Error>> {
        let [name, input, folder] = args else {
            return Err("a child needs an exit path, an input and a folder".into());
        };
        let exit_path = exit_path::all()
            .find(|exit_path| name == exit_path.name)
            .ok_or("there is no such exit path")?;
        Ok(Self { exit_path, cleans_up: cleans_up(), input: input.into(), folder: folder.into() })
    }

    /// Executes the task, in the child.
    pub(crate) fn execute(&self) -> Result<(), Box<dyn Error>> {
        ingest::run(&self.input, &self.folder)?;
        (self.exit_path.run)()
    }

    /// Starts a child for the task, and returns what is left when it has ended.
    pub(crate) fn run_in_child(&self) -> Result<Remains, Box<dyn Error>> {
        fs::create_dir(&self.folder)?;
        let mut child = self.command()?.spawn()?;
        // Open until the child has ended. Otherwise a child that waits for a signal would see the
        // end of its input, and might return before the signal.
        let _input = child.stdin.take();
        if let Some(trigger) = self.exit_path.trigger {
            wait_until_ready(&mut child)?;
            trigger(child.id())?;
        }
        let output = child.wait_with_output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        if self.cleans_up {
            forward_failures(&stderr);
        }
        Remains::measure(&self.folder, output.status).map_err(|error| {
            format!("{error}; the child for `{}` printed: {stderr}", self.exit_path.name).into()
        })
    }

    fn command(&self) -> io::Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        command
            .args([FLAG, self.exit_path.name])
            .args([&self.input, &self.folder])
            .env_remove(SKIP);
        if !self.cleans_up {
            command.env(SKIP, "*");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }
}

fn wait_until_ready(child: &mut Child) -> io::Result<()> {
    let Some(stdout) = &mut child.stdout else { return Ok(()) };
    BufReader::new(stdout).read_line(&mut String::new()).map(drop)
}

/// Prints the lines about handlers that failed. Other lines, such as the messages of intended
/// panics, would only separate the rows.
fn forward_failures(stderr: &str) {
    stderr
        .lines()
        .filter(|line| line.starts_with("exitmacro: "))
        .for_each(|line| eprintln!("{line}"));
}
