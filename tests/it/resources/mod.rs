//! Ready-made resources are removed at exit, and none of another process with them.

mod child;
#[cfg(target_os = "linux")]
mod child_on_linux;
mod children;
mod files;
mod lock_file;
mod paths;
mod pid_file;
mod socket;
mod temporary;
mod terminal;

use crate::support::{Ended, scenario};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder can be made")
}

fn resources(what: &str, folder: &TempDir) -> Ended {
    scenario!("resources").arg(what).arg(folder.path()).run()
}
