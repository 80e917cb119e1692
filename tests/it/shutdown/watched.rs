//! Watched threads and tasks: one that panics ends the program.

use crate::support::{
    Ended, despite_load, normalized, panic_message, panics_abort, scenario, without_line_numbers,
};
use std::time::Duration;

/// Long enough that no test waits for it.
const LONG: u64 = 20_000;

fn watched(grace: u64, case: &str) -> Ended {
    scenario!("watched").arg(grace.to_string()).arg(case).run()
}

/// What std prints for the panic of a thread of that name.
fn message(thread: &str) -> String {
    panic_message(thread, "watched", "no luck")
}

/// The line of exitmacro.
fn line(what: &str) -> String {
    format!(
        "exitmacro: {what} (watched at tests/src/bin/watched.rs:_) panicked: the program is asked \
         to end with status 101\n"
    )
}

#[track_caller]
fn assert_ends(case: &str, status: i32, stdout: &str, stderr: &str) {
    if panics_abort() {
        // The panic ends the process before a watcher could.
        return;
    }
    let ended = watched(LONG, case);
    let found = without_line_numbers(&normalized(&ended.stderr));
    assert_eq!((ended.code(), ended.stdout.as_str(), found), (status, stdout, stderr.to_owned()));
    assert!(ended.took < Duration::from_millis(LONG), "{ended:?}");
}

const ASKED: &str = "exit, Some(101)\n";

#[test]
fn a_thread_that_panics_ends_the_program() {
    let worker = message("worker") + &line("thread `worker`");
    assert_ends("thread", 101, ASKED, &worker);
    assert_ends("thread that ended before", 101, ASKED, &worker);
    let unnamed = message("<unnamed>") + &line("a thread");
    assert_ends("thread without a name", 101, ASKED, &unnamed);
}

#[test]
fn a_watched_thread_can_be_joined() {
    assert_ends(
        "thread that is joined",
        101,
        &format!("Some(\"worker\")\njoined: Some(\"no luck\")\n{ASKED}"),
        &(message("worker") + &line("thread `worker`")),
    );
    watched(LONG, "thread that returns").assert(0, "joined: Some(7)\nreturn, Some(0)\n", "");
}

#[test]
fn a_panic_that_the_thread_catches_does_not_end_the_program() {
    assert_ends(
        "thread that catches its panic",
        0,
        "joined: Some(())\nreturn, Some(0)\n",
        &message("<unnamed>"),
    );
}

#[test]
fn a_watched_function_needs_no_other_thread() {
    let worker = message("worker") + &line("thread `worker`");
    assert_ends("function", 101, ASKED, &worker);
    let joined = format!("joined: Some(\"no luck\")\n{ASKED}");
    assert_ends("function that is joined", 101, &joined, &worker);
    watched(LONG, "function that returns").assert(0, "joined: Some(7)\nreturn, Some(0)\n", "");
}

#[test]
fn a_main_that_does_not_return_does_not_keep_the_program() {
    if panics_abort() {
        return;
    }
    despite_load(|| {
        for grace in [0, 200] {
            let ended = watched(grace, "function, and main is stuck");
            assert_eq!((ended.code(), ended.stdout.as_str()), (101, ASKED), "{ended:?}");
            assert!(ended.took >= Duration::from_millis(grace), "{ended:?}");
            assert!(ended.took < Duration::from_millis(LONG), "{ended:?}");
        }
    });
}

#[test]
fn the_first_panic_counts() {
    if panics_abort() {
        return;
    }
    let ended = watched(LONG, "two functions");
    assert_eq!((ended.code(), ended.stdout), (101, format!("panicked: 2\n{ASKED}")));
    let lines = ended.stderr.lines().filter(|line| line.starts_with("exitmacro: "));
    // Two that panic at the same moment may both be named.
    assert!((1..=2).contains(&lines.count()), "{}", ended.stderr);
}

#[test]
fn a_panic_after_a_signal_or_while_the_process_ends_changes_nothing() {
    assert_ends(
        "function after a signal",
        143,
        "panicked: true\nSIGTERM, Some(143)\n",
        &message("worker"),
    );
    assert_ends(
        "function in a handler",
        0,
        "return, Some(0)\npanicked: true\n",
        &message("worker"),
    );
}

#[test]
fn an_exit_in_a_watched_function_is_no_panic() {
    watched(LONG, "exit in a handler").assert(4, "return, Some(0)\n", "");
    watched(LONG, "exit in a handler of a run by hand").assert(4, "requested, None\n", "");
}

#[test]
fn a_task_that_panics_ends_the_program() {
    let on_a_worker = message("tokio-rt-worker") + &line("a task");
    assert_ends("task", 101, ASKED, &on_a_worker);
    assert_ends("task outside of a runtime", 101, ASKED, &on_a_worker);
    let on_main = message("main") + &line("a task");
    assert_ends("task on one thread", 101, ASKED, &on_main);
    assert_ends("task that is awaited", 101, &format!("awaited: true\n{ASKED}"), &on_main);
    assert_ends("task without a share", 101, &format!("left: true\n{ASKED}"), &on_main);
}

#[test]
fn a_task_that_returns_or_is_cancelled_does_not_end_the_program() {
    let each = "awaited: Some(7), Some(8)\nfinished: false\ncancelled: true\n\
                ended with its runtime: true\n";
    let stdout = format!("{each}{each}requested: false\nreturn, Some(0)\n");
    watched(LONG, "tasks").assert(0, &stdout, "");
}
