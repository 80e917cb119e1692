//! The termination message of a container, for handlers that failed.

use crate::support::{Scenario, normalized, scenario, without_line_numbers};
use std::ffi::CString;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const SOURCE: &str = "tests/src/bin/termination_message.rs:_";

fn folder() -> TempDir {
    tempfile::tempdir().expect("the folder can be made")
}

fn message_in(folder: &Path) -> PathBuf {
    folder.join("termination-log")
}

fn in_folder(folder: &Path, arguments: &[&str]) -> Scenario {
    scenario!("termination_message").current_dir(folder).args(arguments)
}

/// The message of a program whose handlers fail as named.
#[track_caller]
fn message(arguments: &[&str]) -> String {
    let folder = folder();
    in_folder(folder.path(), arguments).run();
    without_line_numbers(
        &fs::read_to_string(message_in(folder.path())).expect("there is a message, in UTF-8"),
    )
}

fn disk_is_full() -> String {
    format!("handler `flush` ({SOURCE}) failed: the disk is full\n")
}

#[test]
fn a_failure_is_in_the_message_on_every_exit_path() {
    for exit_path in ["return", "exitmacro exit", "std exit", "signal"] {
        assert_eq!(message(&["one", exit_path]), disk_is_full(), "{exit_path}");
    }
}

#[test]
fn a_forked_child_leaves_no_message() {
    // The handler of its parent succeeds.
    let folder = folder();
    let arguments = ["one, in a child", "return"];
    let ended = in_folder(folder.path(), &arguments).run();
    assert!(ended.stderr.contains("in the child"), "{ended:?}");
    assert!(!message_in(folder.path()).exists(), "{ended:?}");
}

#[test]
fn only_failures_are_in_the_message_in_the_order_of_the_run() {
    let message = message(&["two of three", "return"]);
    let lines: Vec<_> =
        message.lines().filter_map(|line| line.split_once(") ")).map(|(_, what)| what).collect();
    assert_eq!(lines, ["panicked: second", "failed: first"]);
}

#[test]
fn an_earlier_message_is_replaced() {
    let folder = folder();
    fs::write(message_in(folder.path()), "x".repeat(10_000)).expect("the file can be written");
    in_folder(folder.path(), &["one", "return"]).run();
    assert_eq!(
        without_line_numbers(
            &fs::read_to_string(message_in(folder.path())).expect("there is a message")
        ),
        disk_is_full()
    );
}

#[test]
fn nothing_is_written_when_no_handler_fails() {
    let (empty, other) = (folder(), folder());
    fs::write(message_in(other.path()), "of another program").expect("the file can be written");
    for folder in [&empty, &other] {
        in_folder(folder.path(), &["none", "return"]).run().assert(0, "", "");
    }
    assert!(!message_in(empty.path()).exists());
    assert_eq!(
        fs::read_to_string(message_in(other.path())).expect("it is still there"),
        "of another program"
    );
}

#[test]
fn a_run_whose_budget_is_used_up_leaves_a_message() {
    let folder = folder();
    let ended = in_folder(folder.path(), &["stuck", "exitmacro exit"])
        .env("EXITMACRO_BUDGET", "300ms")
        .run();
    assert_eq!(ended.code(), 5);
    let message = fs::read_to_string(message_in(folder.path())).expect("there is a message");
    assert_eq!(
        normalized(&without_line_numbers(&message)),
        format!("handler `stuck` ({SOURCE}) timed out: _s were left of the budget of _s\n")
    );
}

#[test]
fn a_message_has_at_most_4096_bytes() {
    let folder = folder();
    in_folder(folder.path(), &["many", "return"]).run();
    let message =
        fs::read_to_string(message_in(folder.path())).expect("there is a message, in UTF-8");
    assert!((4094..=4096).contains(&message.len()), "{}", message.len());
    let line = message.lines().next().expect("there is a line");
    assert!(message.lines().all(|other| line.starts_with(other)), "{message}");
}

#[test]
fn a_message_ends_with_a_whole_character() {
    let folder = folder();
    let length = |padding: &str| {
        in_folder(folder.path(), &["long", "return", padding]).run();
        let message =
            fs::read_to_string(message_in(folder.path())).expect("there is a message, in UTF-8");
        assert!(message.ends_with('字'), "{message}");
        message.len()
    };
    let mut lengths = ["", "-", "--"].map(length);
    lengths.sort_unstable();
    assert_eq!(lengths, [4094, 4095, 4096]);
}

/// The program ends at once, as without the message, but prints a line.
#[track_caller]
fn assert_unchanged(folder: &Path, exit_path: &str, code: i32, why: &str) {
    let ended = in_folder(folder, &["one", exit_path]).run();
    let failure =
        format!("exitmacro: handler `flush` ({SOURCE}) failed after _s: the disk is full\n");
    let stderr = format!(
        "{failure}exitmacro: the termination message cannot be written to termination-log: {why}\n"
    );
    ended.assert_at_any_line(code, "", &stderr);
    assert!(ended.took < Duration::from_secs(10), "{ended:?}");
}

#[test]
fn a_link_is_reported_and_not_followed() {
    let target = folder();
    fs::write(target.path().join("theirs"), "of another").expect("the file can be written");
    for target in
        [target.path().join("theirs"), target.path().join("nothing"), PathBuf::from("/dev/full")]
    {
        let folder = folder();
        symlink(&target, message_in(folder.path())).expect("the link can be made");
        assert_unchanged(
            folder.path(),
            "return",
            0,
            "it is a symbolic link, which is not followed",
        );
        assert_unchanged(
            folder.path(),
            "signal",
            143,
            "it is a symbolic link, which is not followed",
        );
        assert!(message_in(folder.path()).is_symlink());
    }
    assert_eq!(
        fs::read_to_string(target.path().join("theirs")).expect("it is there"),
        "of another"
    );
    assert!(!target.path().join("nothing").exists());
}

#[test]
fn a_file_that_is_there_is_written_in_place() {
    let folder = folder();
    let path = message_in(folder.path());
    fs::write(&path, "earlier").expect("the file can be written");
    fs::hard_link(&path, folder.path().join("seen by the node"))
        .expect("the file has another name");
    in_folder(folder.path(), &["one", "return"]).run();
    assert_eq!(
        without_line_numbers(
            &fs::read_to_string(folder.path().join("seen by the node")).expect("it is there")
        ),
        disk_is_full()
    );
}

#[test]
fn control_characters_are_escaped() {
    let line =
        format!("handler `flush\\n` ({SOURCE}) failed: disk\\nfull \\u{{1b}}[31m\\r\\t\\u{{9b}}\n");
    assert_eq!(message(&["control characters", "return"]), line);
}

#[test]
fn a_folder_in_the_place_of_the_message_is_reported() {
    let folder = folder();
    fs::create_dir(message_in(folder.path())).expect("the folder can be made");
    assert_unchanged(folder.path(), "std exit", 5, "Is a directory (os error 21)");
}

#[test]
fn a_pipe_without_a_reader_is_reported() {
    let folder = folder();
    let path = message_in(folder.path());
    let name = CString::new(path.as_os_str().as_bytes()).expect("a path has no zero byte");
    // SAFETY: the path is a C string.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    for exit_path in ["return", "signal"] {
        assert_unchanged(
            folder.path(),
            exit_path,
            if exit_path == "return" { 0 } else { 143 },
            "No such device or address (os error 6)",
        );
    }
    // A process reads from it, but it is full.
    let mut pipe = fs::File::options()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(&path)
        .expect("a pipe can be opened for both");
    while std::io::Write::write(&mut pipe, b"x").is_ok() {}
    assert_unchanged(folder.path(), "return", 0, "Resource temporarily unavailable (os error 11)");
    // Now the process reads.
    let mut rest = Vec::new();
    _ = pipe.read_to_end(&mut rest);
    assert!(rest.iter().all(|&byte| byte == b'x'));
}
