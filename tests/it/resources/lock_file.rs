//! Lock files: one process has the lock, until it ends.

use super::folder;
use crate::support::{Ended, despite_load, scenario};
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::process::Stdio;
use tempfile::TempDir;

fn files(what: &str, folder: &TempDir, end: &str) -> Ended {
    scenario!("files").arg(what).arg(folder.path()).arg(end).run()
}

/// The error of a process that asks for the lock while `process` has it.
fn has_the_lock(process: &str) -> String {
    format!("WouldBlock: _/lock: {process} has the lock\n")
}

#[test]
fn a_lock_is_free_after_each_end_and_its_file_stays() {
    for (end, code) in [
        ("", 0),
        ("exit 3", 3),
        ("error", 1),
        ("panic", if crate::support::panics_abort() { -libc::SIGABRT } else { 101 }),
        ("SIGTERM", 143),
        ("SIGKILL", -libc::SIGKILL),
    ] {
        let folder = folder();
        fs::write(folder.path().join("lock"), "data").expect("it can be written");
        let ended = files("lock", &folder, end);
        assert_eq!((ended.code(), ended.stdout.as_str()), (code, "locked\n"), "{end}");
        files("lock, tried", &folder, "").assert(0, "free\n", "");
        assert_eq!(fs::read_to_string(folder.path().join("lock")).expect("it is there"), "data");
    }
}

#[test]
fn a_lock_of_another_process_is_an_error_that_names_it() {
    let folder = folder();
    let mut owner = scenario!("files")
        .arg("lock, until stdin ends")
        .arg(folder.path())
        .stdin(Stdio::piped())
        .start();
    let line = owner.first_line();
    let process = line.strip_prefix("locked by ").expect("it has the lock");
    files("lock, tried", &folder, "").assert(0, &has_the_lock(&format!("process {process}")), "");
    drop(owner.child.stdin.take());
    owner.end().assert(0, &format!("{line}\n"), "");
    files("lock, tried", &folder, "").assert(0, "free\n", "");
}

#[test]
fn other_tools_take_the_same_lock() {
    let folder = folder();
    let file = File::create(folder.path().join("lock")).expect("it can be made");
    // SAFETY: the descriptor is open.
    assert_eq!(unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX) }, 0);
    let process = format!("process {}", std::process::id());
    files("lock, tried", &folder, "").assert(0, &has_the_lock(&process), "");
}

#[test]
fn a_lock_is_released_after_all_other_handlers() {
    files("lock, last of all", &folder(), "").assert(0, "free: false\n", "");
}

#[test]
fn a_forked_child_neither_releases_a_lock_nor_prolongs_it() {
    let held = has_the_lock("this process");
    let text = format!("{held}{held}free\n");
    files("lock, shared with a child", &folder(), "").assert(0, &text, "");
}

#[test]
fn a_child_of_a_killed_owner_has_the_lock_until_it_ends() {
    let text = format!("-9\n{}free\n", has_the_lock("another process"));
    files("lock, left to a child", &folder(), "").assert(0, &text, "");
}

#[test]
fn a_daemon_that_adopts_has_the_lock() {
    // A busy machine may not run the daemon within the second that its parent waits.
    despite_load(|| {
        let folder = folder();
        files("lock of a daemon", &folder, "exit 0").assert(0, "true true\n", "");
        files("lock, tried", &folder, "").assert(0, "free\n", "");
    });
}

#[test]
fn a_lock_that_is_lost_with_its_descriptor_is_reported() {
    let folder = folder();
    let ended = files("lock, descriptor closed", &folder, "");
    let line = format!(
        "exitmacro: handler `lock file` (tests/src/bin/files/lock.rs:_) failed after _s: \
         {}/lock: its descriptor was closed, and the lock was lost\n",
        folder.path().display()
    );
    ended.assert_at_any_line(0, "", &line);
}

#[test]
fn a_file_that_cannot_be_locked_is_named() {
    let text = "\
NotFound: _/missing/lock: No such file or directory (os error 2)
IsADirectory: _: Is a directory (os error 21)
";
    let ended = files("lock, refused", &folder(), "");
    let (found, link) = ended.stdout.split_at(text.len());
    assert_eq!((ended.code(), found, ended.stderr.as_str()), (0, text, ""));
    assert!(link.contains(": _/link: "), "{link}");
}

/// In such a directory, the kernel does so unless the file is to be created.
#[cfg(target_os = "linux")]
#[test]
fn the_file_of_another_user_in_a_shared_directory_is_locked() {
    let ended = files("lock, creating refused", &folder(), "");
    if !ended.is_left_out() {
        let new = "PermissionDenied: _/new: Permission denied (os error 13)";
        ended.assert(0, &format!("free\n{new}\n"), "");
    }
}

#[test]
fn one_of_many_processes_gets_the_lock() {
    files("locks at the same moment", &folder(), "").assert(0, "100 times one\n", "");
}
