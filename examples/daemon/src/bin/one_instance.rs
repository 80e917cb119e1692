//! A program that runs once at a time, by a PID file, and works in a temporary directory. Both are
//! removed at exit, on every exit path. A process that is killed leaves both behind: the next one
//! takes the PID file over. While a process has the file, a second one fails to start.
//!
//! The first argument is the path of the file, the second one names how the program ends: `return`,
//! `error`, `exit` or `panic`. Without it, a signal does.

use exitmacro::resource;
use std::{env, fs, io, process, thread};

#[exitmacro::main(signals)]
fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "one_instance.pid".to_owned());

    // Removed at the end of this scope, or else at exit.
    let _pid_file = resource::pid_file(path)?;
    let dir = resource::temp_dir()?;
    fs::write(dir.path().join("notes"), "half done")?;
    println!("{}", dir.path().display());

    match arguments.next().as_deref() {
        Some("return") => Ok(()),
        Some("error") => Err(io::Error::other("no luck")),
        Some("exit") => process::exit(3),
        Some("panic") => panic!("out of ink"),
        _ => loop {
            thread::park();
        },
    }
}
