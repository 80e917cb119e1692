//! Shows the state of a program's resources after every exit path, with and without exitmacro.
//!
//! The program ingests a file, line by line: into a database that lives in a cell, and into a log
//! that a background thread writes. While it works it keeps a temporary directory and a PID file.
//! It starts itself as a child once for every exit path, and checks what each child left behind:
//!
//! ```text
//! cargo run --example showcase [FILE]
//! ```
//!
//! The children *without* exitmacro are the same program with the same statics. Only their handlers
//! are skipped, by `EXITMACRO_SKIP`, and they do not handle signals, see `child.rs` and
//! `signal.rs`. A child has no other cleanup. So the table shows the work of the cell in
//! `database.rs`, and of the statics in `log.rs`, `pid_file.rs` and `temp_dir.rs`, whose types
//! declare how they are closed.

mod child;
mod database;
mod exit_path;
mod ingest;
mod log;
mod pid_file;
mod remains;
#[cfg(unix)]
mod signal;
mod table;
mod temp_dir;

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Read when no file is given: a real file of every checkout.
const DEFAULT_INPUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    match args.as_slice() {
        [flag, task @ ..] if flag == child::FLAG => {
            child::Task::parse(task)?.execute().map(|()| ExitCode::SUCCESS)
        }
        [] => Ok(show(Path::new(DEFAULT_INPUT))),
        [file] => Ok(show(Path::new(file))),
        _ => Ok(refuse("expected at most one argument, the file to ingest")),
    }
}

fn show(input: &Path) -> ExitCode {
    match ingest::count_lines(input) {
        Ok(lines) => compare(input, lines)
            .map_or_else(|error| refuse(&error.to_string()), |()| ExitCode::SUCCESS),
        Err(error) => refuse(&format!("cannot read {}: {error}", input.display())),
    }
}

fn refuse(message: &str) -> ExitCode {
    eprintln!("showcase: {message}");
    ExitCode::FAILURE
}

/// Starts a child for every exit path, without and with exitmacro, and prints a row for each.
fn compare(input: &Path, lines: usize) -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    table::print_head(input, lines);
    let variants = exit_path::all()
        .flat_map(|exit_path| [false, true].map(|cleans_up| (exit_path, cleans_up)));
    for ((exit_path, cleans_up), number) in
        variants.filter(|(exit_path, cleans_up)| *cleans_up || exit_path.exists_without).zip(1..)
    {
        let task = child::Task {
            exit_path,
            cleans_up,
            input: input.to_owned(),
            folder: scratch.path().join(format!("{number}")),
        };
        table::print_row(exit_path, cleans_up, lines, &task.run_in_child()?);
    }
    table::print_legend();
    Ok(scratch.close()?)
}
