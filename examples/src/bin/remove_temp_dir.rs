//! Removes a temporary directory, even when a panic ends the program.
//!
//! Output:
//! ```text
//! working in a temporary directory
//! it is gone: true
//! ```
//! Errors:
//! ```text
//! thread 'main' panicked at examples/src/bin/remove_temp_dir.rs:36:5:
//! not a number: twelve
//! note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
//! ```
//! Status: 101

use exitmacro::{at_exit, priority};
use std::sync::Mutex;
use tempfile::TempDir;

static TEMP_DIR: Mutex<Option<TempDir>> = Mutex::new(None);

#[at_exit(priority = priority::FILES)]
fn remove_temp_dir() -> std::io::Result<()> {
    let Some(dir) = TEMP_DIR.lock().unwrap().take() else { return Ok(()) };
    let path = dir.path().to_owned();
    dir.close()?;
    println!("it is gone: {}", !path.exists());
    Ok(())
}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("half-done"), "1, 2, ").unwrap();
    *TEMP_DIR.lock().unwrap() = Some(dir);
    println!("working in a temporary directory");
    panic!("not a number: {}", "twelve");
}
