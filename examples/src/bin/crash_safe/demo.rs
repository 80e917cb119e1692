//! The demonstration: the program starts itself, ends the child, and reads what is left.

use crate::record;
use std::env;
use std::error::Error;
use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const COUNT: usize = 20;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    for store in ["journal", "at-exit"] {
        show(store, "asked to end", |child| {
            // The end of its input.
            drop(child.stdin.take());
            Ok(())
        })?;
        show(store, "killed", Child::kill)?;
    }
    show_torn_record()
}

fn show(
    store: &str,
    exit_path: &str,
    end: fn(&mut Child) -> io::Result<()>,
) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let acknowledged = take_orders(store, folder.path(), end)?;
    println!(
        "{store}: {acknowledged} acknowledged, {exit_path}, {} recovered",
        count_orders(store, folder.path())?
    );
    Ok(())
}

/// As after a crash during a write: the log ends with half a record, of an order that was not
/// acknowledged.
fn show_torn_record() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let acknowledged = take_orders("journal", folder.path(), Child::kill)?;
    let record = record::encode("20 order 21");
    OpenOptions::new()
        .append(true)
        .open(folder.path().join("log"))?
        .write_all(&record[..record.len() / 2])?;
    println!(
        "journal: {acknowledged} acknowledged, half of another one in the log, {} recovered",
        count_orders("journal", folder.path())?
    );
    Ok(())
}

/// Starts a child that takes orders, ends it, and returns how many it acknowledged.
fn take_orders(
    store: &str,
    folder: &Path,
    end: fn(&mut Child) -> io::Result<()>,
) -> Result<usize, Box<dyn Error>> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["write", store]).arg(folder).arg(COUNT.to_string());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let lines = BufReader::new(child.stdout.take().ok_or("the child has no stdout")?).lines();
    let acknowledged = lines.take(COUNT).filter(Result::is_ok).count();
    end(&mut child)?;
    child.wait()?;
    Ok(acknowledged)
}

fn count_orders(store: &str, folder: &Path) -> Result<usize, Box<dyn Error>> {
    let output = Command::new(env::current_exe()?).args(["read", store]).arg(folder).output()?;
    Ok(output.stdout.lines().count())
}
