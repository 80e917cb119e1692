//! The file operations of both stores.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// The bytes of a file, none when it does not exist yet.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path).or_else(|error| {
        if error.kind() == ErrorKind::NotFound { Ok(Vec::new()) } else { Err(error) }
    })
}

/// Replaces a file. After a crash, either the whole old file exists, or the new one.
pub(crate) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let draft = folder.join(format!("{name}.draft"));
    let mut file = File::create(&draft)?;
    file.write_all(bytes)?;
    // Before the rename: otherwise the name could be on the disk earlier than the bytes.
    file.sync_all()?;
    fs::rename(draft, folder.join(name))?;
    sync_names(folder)
}

/// Writes the names of new and renamed files in a folder to the disk.
pub(crate) fn sync_names(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
