//! One child process: what it is told, and how it is started.

use crate::ingest;
use crate::remains::Remains;
use crate::way_out::{self, WayOut};
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{env, fs};

/// Marks a call of the program by itself.
pub(crate) const FLAG: &str = "--child";

/// Names the handlers that are left out: in children that show how it is without them, all.
const SKIP: &str = "EXITMACRO_SKIP";

/// Whether the handlers of this child run.
pub(crate) fn cleans_up() -> bool {
    env::var_os(SKIP).is_none()
}

/// What a child is to do, as its parent sends it and as the child reads it.
pub(crate) struct Order {
    pub(crate) way: &'static WayOut,
    pub(crate) cleans_up: bool,
    pub(crate) input: PathBuf,
    /// Where the child leaves what it leaves.
    pub(crate) folder: PathBuf,
}

impl Order {
    pub(crate) fn parse(args: &[OsString]) -> Result<Self, Box<dyn Error>> {
        let [name, input, folder] = args else {
            return Err("a child is told a way out, an input and a folder".into());
        };
        let way = way_out::all().find(|way| name == way.name).ok_or("there is no such way out")?;
        Ok(Self { way, cleans_up: cleans_up(), input: input.into(), folder: folder.into() })
    }

    /// Carries the order out, in the child.
    pub(crate) fn obey(&self) -> Result<(), Box<dyn Error>> {
        ingest::run(&self.input, &self.folder)?;
        (self.way.go)()
    }

    /// Has a child carry the order out, and returns what is left when it is gone.
    pub(crate) fn send(&self) -> Result<Remains, Box<dyn Error>> {
        fs::create_dir(&self.folder)?;
        let mut child = self.command()?.spawn()?;
        // Open until the child is gone. One that waits for a signal would otherwise see the end of
        // its input, and return, when the signal has just come.
        let _input = child.stdin.take();
        if let Some(push) = self.way.push {
            wait_until_ready(&mut child)?;
            push(child.id())?;
        }
        let output = child.wait_with_output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        if self.cleans_up {
            forward_complaints(&stderr);
        }
        Remains::measure(&self.folder, output.status).map_err(|error| {
            format!("{error}; the child for `{}` said: {stderr}", self.way.name).into()
        })
    }

    fn command(&self) -> io::Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        command.args([FLAG, self.way.name]).args([&self.input, &self.folder]).env_remove(SKIP);
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

/// Shows what handlers failed at. The rest, such as the messages of panics that are part of the
/// show, would only stand between the rows.
fn forward_complaints(stderr: &str) {
    stderr
        .lines()
        .filter(|line| line.starts_with("exitmacro: "))
        .for_each(|line| eprintln!("{line}"));
}
