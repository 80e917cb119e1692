//! What the programs of this package have in common. The first argument names how they end, the
//! second one the folder they work in.

use exitmacro::resource;
use exitmacro_endings::{SIGNAL, WAITING};
use std::path::PathBuf;
use std::{env, future, io, mem};

pub use exitmacro_endings::end;

/// The folder of the second argument, or else a temporary one that is removed at exit.
///
/// # Errors
///
/// When it cannot be created.
pub fn folder() -> io::Result<PathBuf> {
    if let Some(folder) = env::args_os().nth(2) {
        return Ok(folder.into());
    }
    let dir = resource::temp_dir()?;
    let path = dir.path().to_owned();
    // It is removed at exit, not at the end of this function.
    mem::forget(dir);
    Ok(path)
}

/// [`end`] in a task: while it waits for a signal, its runtime works.
///
/// # Panics
///
/// As [`end`].
pub async fn end_in_a_runtime() {
    if env::args().nth(1).as_deref() == Some(SIGNAL) {
        println!("{WAITING}");
        future::pending().await
    }
    end();
}
