//! A package as a user would write it, and how long it takes to build.

use super::subject::cargo;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) processors: Duration,
    pub(super) clock: Duration,
}

/// A package outside of this workspace. It replaces the one of the last measurement.
pub(super) struct Package {
    pub(super) folder: PathBuf,
}

impl Package {
    pub(super) fn new(scratch: &Path, dependency: &str, code: &str) -> Self {
        let folder = scratch.join("hello");
        _ = fs::remove_dir_all(&folder);
        let workspace = workspace();
        let dependency =
            dependency.replace("{workspace}", workspace.to_str().expect("a path of text"));
        let manifest = format!(
            "[package]\nname = 'hello'\nedition = \
             '2024'\n\n[dependencies]\n{dependency}\n\n[workspace]\n"
        );
        fs::create_dir_all(folder.join("src")).expect("there is room for temporary files");
        fs::write(folder.join("Cargo.toml"), manifest).expect("there is room for temporary files");
        // The same versions as here. Cargo removes what is not needed.
        fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock"))
            .expect("there is a lock file");
        let package = Self { folder };
        package.write(code);
        package
    }

    pub(super) fn write(&self, code: &str) {
        fs::write(self.folder.join("src/main.rs"), code)
            .expect("there is room for temporary files");
    }

    pub(super) fn build(&self, options: &[&str]) -> Times {
        let (start, start_processors) = (Instant::now(), processor_time());
        let mut cargo = Command::new(cargo());
        cargo
            .args(["build", "--quiet", "--offline"])
            .args(options)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"));
        // As users build, without the profile settings of this environment.
        std::env::vars_os()
            .filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PROFILE_"))
            .for_each(|(name, _)| _ = cargo.env_remove(name));
        assert!(
            cargo.status().expect("cargo starts").success(),
            "{} does not build",
            self.folder.display()
        );
        Times {
            clock: start.elapsed(),
            processors: processor_time().saturating_sub(start_processors),
        }
    }
}

fn workspace() -> PathBuf {
    let package =
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this program"));
    package.parent().expect("this package is part of a workspace").to_owned()
}

/// The processor time of all children so far, and of their children.
#[cfg(unix)]
fn processor_time() -> Duration {
    // SAFETY: all zeroes is a valid `rusage`, and `getrusage` writes one.
    let usage = unsafe {
        let mut usage: libc::rusage = core::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage);
        usage
    };
    let duration =
        |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1_000);
    duration(usage.ru_utime) + duration(usage.ru_stime)
}

#[cfg(not(unix))]
fn processor_time() -> Duration {
    Duration::ZERO
}
