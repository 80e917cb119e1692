//! PID files: one process owns a file, and removes it.

use super::{folder, resources};
use std::fs;

#[test]
fn a_pid_file_is_removed() {
    let folder = folder();
    resources("pid file", &folder).assert(0, "Ok(())\n", "");
    assert!(!folder.path().join("pid").exists());
}

#[test]
fn a_pid_file_that_names_another_process_stays() {
    let folder = folder();
    resources("pid file of another", &folder).assert(0, "", "");
    assert_eq!(fs::read_to_string(folder.path().join("pid")).expect("it is there"), "1\n");
}

#[test]
fn a_pid_file_without_an_owner_is_taken_over_whatever_process_it_names() {
    let folder = folder();
    // The second text names a live process. The third was left by a process that was killed before
    // it wrote.
    for text in ["999999999\n", "1\n", ""] {
        fs::write(folder.path().join("pid"), text).expect("it can be written");
        resources("pid file", &folder).assert(0, "Ok(())\n", "");
    }
    resources("pid file, killed", &folder).assert(-libc::SIGKILL, "Ok(())\n", "");
    assert!(folder.path().join("pid").exists());
    resources("pid file", &folder).assert(0, "Ok(())\n", "");
}

#[test]
fn no_other_user_may_write_into_a_pid_file() {
    resources("pid file, any umask", &folder()).assert(0, "644\n", "");
}

#[test]
fn a_file_that_is_no_pid_file_is_not_changed() {
    let folder = folder();
    let path = folder.path().join("pid");
    for text in ["no number\n", "1000000000000000000000000000000000000000", " "] {
        fs::write(&path, text).expect("it can be written");
        resources("pid file", &folder).assert(0, "Err(AlreadyExists)\n", "");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), text);
    }
    fs::rename(&path, folder.path().join("target")).expect("it is there");
    fs::write(folder.path().join("target"), "1\n").expect("it can be written");
    std::os::unix::fs::symlink(folder.path().join("target"), &path).expect("the place is free");
    assert!(resources("pid file", &folder).stdout.starts_with("Err("));
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "1\n");
}

#[test]
fn no_pid_file_is_left_or_lost_when_the_disk_is_full() {
    let folder = folder();
    resources("pid file on a full disk", &folder).assert(0, "false\ntrue\nfalse\n", "");
    let left = fs::read_dir(folder.path()).expect("it can be read").count();
    assert_eq!(left, 0, "both are gone");
}

#[test]
fn one_of_many_processes_gets_the_pid_file() {
    resources("pid files at the same moment", &folder()).assert(0, "200 times one\n", "");
}

#[test]
fn a_pid_file_that_is_removed_meanwhile_is_not_mistaken_for_the_new_one() {
    resources("pid file, passed around", &folder()).assert(0, "[0, 0, 0, 0]\n", "");
}

#[test]
fn a_process_gets_its_pid_file_once() {
    let folder = folder();
    resources("pid file, twice", &folder).assert(0, "true\nOk(())\n", "");
    assert!(!folder.path().join("pid").exists());
}

#[test]
fn a_child_that_releases_a_pid_file_blocks_no_other_process() {
    let folder = folder();
    resources("pid file of a child", &folder).assert(0, "Err(AlreadyExists)\n-9\nOk(())\n", "");
    assert!(!folder.path().join("pid").exists());
}

#[test]
fn a_daemon_that_adopts_has_the_pid_file_and_removes_it() {
    for what in ["pid file of a daemon", "pid file of a daemon that adopts first"] {
        let folder = folder();
        resources(what, &folder).assert(0, "Err(AlreadyExists)\ntrue\n", "");
        assert!(!folder.path().join("pid").exists(), "{what}");
    }
}

#[test]
fn a_pid_file_that_is_gone_is_not_rewritten() {
    resources("pid file, rewritten when it is gone", &folder()).assert(0, "Err(NotFound)\n", "");
}

#[test]
fn a_pid_file_whose_descriptor_was_closed_is_not_rewritten() {
    let folder = folder();
    let ended = resources("pid file, rewritten without its descriptor", &folder);
    ended.assert(0, "Err(\"the descriptor of the PID file was closed\")\n", "");
    assert!(!folder.path().join("pid").exists(), "it is found by its path");
}
