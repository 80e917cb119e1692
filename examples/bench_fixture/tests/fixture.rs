//! The fixture of the benchmarks is removed when they have ended, however they end.

#![cfg(unix)]

use exitmacro_testing::{
    Deadline, TestChild, cargo_of_this_build, output, prepare, send, test_program,
};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

exitmacro_testing::isolate!();

/// Builds the benchmarks, and returns the path of their program. All packages decide the features
/// of dependencies, so that what `cargo test --workspace` has compiled is not compiled again.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let (mut cargo, profile) = cargo_of_this_build();
        cargo
            .args(["test", "--workspace", "--bench", "orders", "--profile", &profile])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        test_program("orders", &mut cargo)
    })
}

/// The benchmarks, whose files are in this folder: those of the fixture, and what criterion stores.
fn benchmarks(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    prepare(&mut command)
        .args(arguments)
        .env("TMPDIR", folder)
        .env("CRITERION_HOME", folder.join("criterion"));
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder can be made")
}

/// The folder of the fixture, if there is one.
fn fixture(folder: &Path) -> Option<PathBuf> {
    let mut entries = fs::read_dir(folder)
        .expect("it is there")
        .map(|entry| entry.expect("it can be read").path());
    entries.find(|path| !path.ends_with("criterion"))
}

/// Starts a benchmark that would take ten minutes, and calls `end` with its process number and its
/// fixture as soon as it is being measured.
fn interrupted(folder: &Path, end: impl FnOnce(i32, &Path)) -> ExitStatus {
    let mut command = benchmarks(folder, &["--bench", "--measurement-time", "600", "read"]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = TestChild(command.spawn().expect("it starts"));
    let deadline = Deadline::of(&child);
    let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
    let begun = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains(": Warming up")));
    assert!(begun.is_some(), "it measures nothing");
    end(child.id().cast_signed(), &fixture(folder).expect("the fixture is there"));
    // Reads on, so that a message finds its reader.
    lines.for_each(drop);
    let status = child.wait().expect("it can be waited for");
    drop(deadline);
    status
}

#[test]
fn fixture_is_gone_when_the_benchmarks_were_run() {
    let folder = folder();
    let ended = output(&mut benchmarks(folder.path(), &["--test"]));
    let stdout = String::from_utf8_lossy(&ended.stdout);
    assert_eq!((stdout.matches("Success").count(), ended.status.code()), (2, Some(0)), "{ended:?}");
    assert_eq!(fixture(folder.path()), None);
}

#[test]
fn fixture_is_gone_when_a_benchmark_panicked() {
    let folder = folder();
    let status = interrupted(folder.path(), |_, fixture| {
        fs::remove_file(fixture.join("orders")).expect("the file is there");
    });
    assert_eq!((status.code(), fixture(folder.path())), (Some(101), None));
}

#[test]
fn fixture_is_gone_after_ctrl_c() {
    let folder = folder();
    let status = interrupted(folder.path(), |process, _| send(process, libc::SIGINT));
    assert_eq!((status.code(), fixture(folder.path())), (Some(130), None));
}

#[test]
fn fixture_stays_without_handlers() {
    let skipping = folder();
    let mut command = benchmarks(skipping.path(), &["--test"]);
    let ended = output(command.env("EXITMACRO_SKIP", "*"));
    assert!(ended.status.success() && fixture(skipping.path()).is_some(), "{ended:?}");
}
