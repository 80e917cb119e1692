//! Removes a temporary directory that lives in a static, where destructors do not run otherwise.
//!
//! Output:
//! ```text
//! there: true
//! there: false
//! ```

use exitmacro::{AtExitCell, at_exit, priority};
use std::path::PathBuf;
use std::sync::OnceLock;
use tempfile::TempDir;

static SCRATCH: AtExitCell<TempDir> = AtExitCell::empty().priority(priority::FILES).name("scratch");

static PATH: OnceLock<PathBuf> = OnceLock::new();

// Runs next.
#[at_exit(priority = priority::FILES - 1)]
fn look() {
    println!("there: {}", PATH.get().is_some_and(|path| path.exists()));
}

#[exitmacro::main(signals)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let parent = exitmacro_real_parts::folder()?;
    let scratch = SCRATCH.try_get_or_init(|| TempDir::new_in(parent))?;
    std::fs::write(scratch.path().join("half-done"), "1, 2, ")?;
    PATH.get_or_init(|| scratch.path().to_owned());
    drop(scratch);
    look();
    exitmacro_real_parts::end();
    Ok(())
}
