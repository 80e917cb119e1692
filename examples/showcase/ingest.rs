//! The job itself: read, store, log.

use crate::{database, log, pid_file, temp_dir};
use std::error::Error;
use std::path::Path;
use std::{fs, io};

pub(crate) fn count_lines(input: &Path) -> io::Result<usize> {
    Ok(String::from_utf8_lossy(&fs::read(input)?).lines().count())
}

/// Ingests `input`. Everything that this opens stays open.
pub(crate) fn run(input: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    pid_file::create(folder)?;
    let bytes = fs::read(temp_dir::create(folder, input)?)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    database::open(folder)?;
    log::start(folder, lines.len())?;
    database::store(&lines)?;
    for (line, number) in lines.iter().zip(1..) {
        tracing::info!(number, length = line.len(), "stored");
    }
    Ok(())
}
