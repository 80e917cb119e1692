//! What the programs of this package have in common. The first argument names how they end, the
//! second one the folder they work in.

use exitmacro::resource;
use std::path::PathBuf;
use std::{env, future, io, mem, thread};

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

/// Ends the program as the first argument names. For `return`, the default, `main` returns.
///
/// # Panics
///
/// For the argument `panic`, and for an unknown one.
pub fn end() {
    match env::args().nth(1).as_deref().unwrap_or("return") {
        "return" => {}
        "exit" => std::process::exit(3),
        "panic" => panic!("out of ink"),
        SIGNAL => {
            println!("{WAITING}");
            wait_for_a_signal()
        }
        other => panic!("unknown exit path: {other}"),
    }
}

/// The same in a task: while it waits for a signal, its runtime works.
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

const SIGNAL: &str = "signal";

const WAITING: &str = "waiting for a signal";

/// Never returns, so that only the handlers can clean up.
fn wait_for_a_signal() -> ! {
    loop {
        thread::park();
    }
}
