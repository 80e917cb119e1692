//! Ends `worker_threads` on more exit paths than its output shows, and measures the time.

#![cfg(unix)]

use std::process::{Command, Output};
use std::time::{Duration, Instant};

exitmacro_testing::isolate!();

/// The limit in the program is a second. One of its workers would run for ever.
const LATE: Duration = Duration::from_secs(15);

fn end_by(exit_path: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_worker_threads"));
    command.arg(exit_path);
    let begin = Instant::now();
    let output = exitmacro_testing::output(&mut command);
    assert!(begin.elapsed() < LATE, "{:?}", begin.elapsed());
    output
}

/// What all exit paths have in common, but for the status.
fn check(output: &Output, status: i32) {
    let (stdout, stderr) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let (_, end) = stdout.split_once("file 1: begun\n").unwrap();
    assert_eq!(
        end,
        format!(
            "file 1: finished\nstopped: heartbeat, importer 1, importer 2\n\
             socket removed, status Some({status})\n"
        )
    );
    assert!(stderr.starts_with("exitmacro: handler `worker_threads::stop_workers` "), "{stderr}");
    assert!(stderr.ends_with(": mailer did not stop within 1s\n"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
    assert_eq!(output.status.code(), Some(status));
}

#[test]
fn worker_that_never_obeys_is_named_and_does_not_delay_an_exit() {
    check(&end_by("exit"), 3);
}

#[test]
fn worker_that_never_obeys_is_named_and_does_not_delay_the_end_by_a_signal() {
    check(&end_by("signal"), 143);
}

#[test]
fn child_that_is_started_by_command_has_no_handler_of_its_parent() {
    let output = end_by("exit");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let plans: Vec<_> = stdout.lines().take(2).collect();
    assert_eq!(
        plans,
        [
            "parent, at exit: worker_threads::stop_workers, remove the socket",
            "child, at exit: worker_threads::stop_workers"
        ]
    );
    assert_eq!(stdout.matches("socket removed").count(), 1);
}
