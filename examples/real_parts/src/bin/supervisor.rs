//! Starts three workers, each with a process of its own, and ends them all. Without exitmacro they
//! would outlive their supervisor.
//!
//! Output:
//! ```text
//! worker 1 is ready
//! worker 2 is ready
//! worker 3 is ready
//! ```

use exitmacro::Tracked;
use exitmacro::resource::{self, ChildProcess};
use std::io::{self, BufRead, BufReader};
use std::process::{Command, Stdio};

/// A shell that starts a background process and waits for it. Both would outlive this program by
/// far.
const WORKER: &str = "sleep 1000 & echo is ready; wait";

fn start() -> io::Result<Tracked<ChildProcess>> {
    // `child` ends the whole process group, including the background process.
    resource::child(
        Command::new("sh").args(["-c", WORKER]).stdin(Stdio::null()).stdout(Stdio::piped()),
    )
}

fn first_line(worker: &ChildProcess) -> io::Result<String> {
    let mut line = String::new();
    if let Some(stdout) = worker.child().stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    Ok(line)
}

#[exitmacro::main(signals)]
fn main() -> io::Result<()> {
    let workers = (0..3).map(|_| start()).collect::<io::Result<Vec<_>>>()?;
    for (worker, number) in workers.iter().zip(1..) {
        print!("worker {number} {}", first_line(worker)?);
    }
    exitmacro_real_parts::end();
    Ok(())
}
