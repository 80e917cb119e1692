//! The PID file and the temporary directory are gone at exit, and a second instance does not start.

use exitmacro_testing::{Ended, Running, send};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program with these arguments, and the folder that has all that it makes.
fn program(folder: &Path, end: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_one_instance"));
    command.arg(folder.join("pid")).arg(end).env("TMPDIR", folder);
    command
}

/// Starts it. Returns the temporary directory as well.
#[track_caller]
fn start(command: &mut Command) -> (Running, PathBuf) {
    let mut running = Running::start(command);
    let dir = PathBuf::from(running.line().trim_end());
    (running, dir)
}

fn names(folder: &Path) -> usize {
    folder.read_dir().expect("it is there").count()
}

/// One after the other, in the same place.
#[test]
fn both_are_gone_on_every_exit_path() {
    let folder = tempfile::tempdir().unwrap();
    for (end, code) in [("return", 0), ("error", 1), ("exit", 3), ("panic", 101), ("", 143)] {
        let (running, dir) = start(&mut program(folder.path(), end));
        assert!(dir.starts_with(folder.path()), "{dir:?}");
        if end.is_empty() {
            assert_eq!(names(folder.path()), 2);
            let number = fs::read_to_string(folder.path().join("pid")).unwrap();
            assert_eq!(number.trim().parse(), Ok(running.id()));
            send(running.id(), libc::SIGTERM);
        }
        let ended = running.end();
        assert_eq!((ended.code, ended.stderr.contains("exitmacro: ")), (code, false), "{ended:?}");
        assert_eq!(names(folder.path()), 0, "{end}: {ended:?}");
    }
}

#[test]
fn both_stay_without_handlers() {
    let folder = tempfile::tempdir().unwrap();
    let (running, dir) = start(program(folder.path(), "exit").env("EXITMACRO_SKIP", "*"));
    assert_eq!(running.end().code, 3);
    assert!(dir.join("notes").exists() && folder.path().join("pid").exists());
}

#[test]
fn a_second_instance_does_not_start_while_the_first_one_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (first, _) = start(&mut program(folder.path(), ""));
    let second = Running::start(&mut program(folder.path(), "return")).end();
    let has_it = format!("process {} has it", first.id());
    assert_eq!((second.code, second.stdout.as_str()), (1, ""), "{second:?}");
    assert!(second.stderr.contains(&has_it), "{second:?}");
    send(first.id(), libc::SIGKILL);
    assert_eq!(first.end().code, -libc::SIGKILL);

    let (next, _) = start(&mut program(folder.path(), "return"));
    let done = Ended { code: 0, stdout: String::new(), stderr: String::new() };
    assert_eq!(next.end(), done, "it takes over what the killed one left");
    assert!(!folder.path().join("pid").exists());
}
