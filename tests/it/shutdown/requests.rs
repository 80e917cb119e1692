//! Requests with a status or an error: they end the program as a signal does, and the first one
//! counts.

use crate::support::{
    Ended, despite_load, full_pipe, panic_message, panics_abort, rounds, scenario, seen, target,
};
use std::fs::File;
use std::io::Read;
use std::thread;
use std::time::Duration;

/// Long enough that no test waits for it.
const LONG: u64 = 20_000;

fn requests(grace: u64, case: &str) -> Ended {
    scenario!("requests").arg(grace.to_string()).arg(case).run()
}

#[track_caller]
fn assert_ends(case: &str, status: i32, stdout: &str, stderr: &str) {
    let ended = requests(LONG, case);
    ended.assert(status, stdout, stderr);
    assert!(ended.took < Duration::from_millis(LONG), "{ended:?}");
}

const ASKED: &str = "counts: true\nexit, Some(3)\n";
const NO_INPUT: &str = "Error: \"no input\"\n";

#[test]
fn main_returns_and_the_status_is_that_of_the_request() {
    assert_ends("status 3", 3, ASKED, "");
    assert_ends("thread", 3, ASKED, "");
    assert_ends("status 0", 0, "counts: true\nexit, Some(0)\n", "");
}

#[test]
fn main_does_not_return_and_the_grace_expires() {
    const GRACE: u64 = 300;
    let ended = requests(GRACE, "status 3, then is stuck");
    ended.assert(3, ASKED, "");
    assert!(ended.took >= Duration::from_millis(GRACE), "{ended:?}");
    requests(GRACE, "error, then is stuck").assert(3, ASKED, NO_INPUT);
}

#[test]
fn the_handlers_start_at_once_without_a_grace() {
    for _ in 0..rounds(20) {
        // The thread of `main` may print its line before or after that of the handler.
        let ended = requests(0, "error, then is stuck");
        assert_eq!((ended.code(), ended.stderr.as_str()), (3, NO_INPUT));
        let mut lines = ended.lines();
        lines.sort_unstable();
        assert!(matches!(lines[..], ["counts: true", "exit, Some(3)"] | ["exit, Some(3)"]));
    }
}

#[test]
fn the_first_failure_decides_the_status() {
    let failed = "Error: \"main fails\"\n";
    assert_ends("status 3, then fails", 3, ASKED, failed);
    assert_ends("status 0, then fails", 1, "counts: true\nexit, Some(1)\n", failed);
}

#[test]
fn an_exit_or_a_panic_keeps_its_status() {
    assert_ends("status 3, then exits", 4, "counts: true\nexit, Some(4)\n", "");
    let by_std = seen("counts: true\nexit, Some(4)\n");
    assert_ends("status 3, then exits by std", 4, &by_std, "");
    let (code, status) = if panics_abort() { (-libc::SIGABRT, 134) } else { (101, 101) };
    assert_ends(
        "status 3, then panics",
        code,
        &format!("counts: true\npanic, Some({status})\n"),
        &panic_message("main", "requests", "main panics"),
    );
}

#[test]
fn the_error_is_printed_once_however_the_process_ends() {
    assert_ends("error", 3, ASKED, NO_INPUT);
    assert_ends("error, then exits", 4, "counts: true\nexit, Some(4)\n", NO_INPUT);
    let by_std = seen("counts: true\nexit, Some(4)\n");
    assert_ends("error, then exits by std", 4, &by_std, NO_INPUT);
    assert_ends("error, then fails", 3, ASKED, &format!("{NO_INPUT}Error: \"main fails\"\n"));
}

#[test]
fn an_error_that_cannot_be_formatted_is_named_as_lost() {
    assert_ends(
        "mute error",
        3,
        ASKED,
        "exitmacro: the error of a request to end is lost: it could not be formatted\n",
    );
}

#[test]
fn the_first_request_with_a_status_counts() {
    let both = "counts: true\ncounts: false\nexit, Some(3)\n";
    assert_ends("status 3 and status 5", 3, both, "");
    assert_ends("error and second error", 3, both, NO_INPUT);
    assert_ends("status 3 and request", 3, ASKED, "");
    assert_ends("request and status 3", 3, ASKED, "");
}

#[test]
fn a_signal_after_a_request_changes_nothing() {
    assert_ends("status 3 and signal", 3, ASKED, "");
    despite_load(|| {
        let ended = requests(500, "status 3 and signal, then is stuck");
        ended.assert(3, ASKED, "");
        assert!(ended.took < Duration::from_millis(LONG), "{ended:?}");
    });
}

#[test]
fn a_request_after_a_signal_changes_nothing() {
    let signalled = "counts: false\nSIGTERM, Some(143)\n";
    assert_ends("signal and error", 143, signalled, "");
}

#[test]
fn a_second_signal_forces_the_end_and_says_that_the_error_was_not_printed() {
    assert_ends(
        "error and signal and other signal, then is stuck",
        130,
        "counts: true\n",
        "exitmacro: forced to end by SIGINT before the exit handlers began; 1 handler did not run; \
         the error of the request to end was not printed\n",
    );
}

#[test]
fn a_request_that_comes_when_main_has_returned_does_not_count() {
    let late = scenario!("late_request").run();
    late.assert(0, "counts: false\nexit\n", "");
    let by_main = scenario!("late_request_by_main").run();
    by_main.assert(0, "counts: false\nreturn\n", "");
    let without_handlers = scenario!("late_request_by_main").arg("no handlers").run();
    without_handlers.assert(0, "counts: false\n", "");
}

#[test]
fn a_request_in_a_handler_changes_nothing() {
    assert_ends("in a handler", 0, "return, Some(0)\ncounts: false\n", "");
}

#[test]
fn a_request_during_a_run_by_hand_ends_the_process_after_it() {
    requests(0, "in a handler and run in silence, then is stuck").assert(
        9,
        "requested, None\ncounts: true\n",
        "Error: \"of a handler\"\n",
    );
}

#[test]
fn a_request_after_a_run_by_hand_ends_the_process() {
    let ran = "requested, None\nrun: 1 handler\ncounts: true\n";
    assert_ends("run and error", 3, ran, NO_INPUT);
    requests(100, "run and error, then is stuck").assert(3, ran, NO_INPUT);
}

#[test]
fn a_forked_child_has_its_own_request() {
    let child = "requested in the child: false\ncounts: true\na handler of the child\n\
                 the child ended with 7\n";
    assert_ends(
        "error and child with its own grace",
        3,
        &format!("counts: true\n{child}exit, Some(3)\n"),
        &format!("Error: \"of the child\"\n{NO_INPUT}"),
    );
    requests(100, "request and child and status 3").assert(
        3,
        &format!("{child}counts: true\nexit, Some(3)\n"),
        "Error: \"of the child\"\n",
    );
}

fn plain(handler: &str, grace: &str, end: &str) -> Ended {
    scenario!("requests_plain").args([handler, grace, end]).run()
}

#[test]
fn a_main_without_the_attribute_ends_with_the_status_of_the_request() {
    plain("handler", "grace", "returns").assert(3, "exit, Some(3)\n", NO_INPUT);
    plain("none", "grace", "returns").assert(3, "", NO_INPUT);
    plain("handler", "none", "is stuck").assert(3, "exit, Some(3)\n", NO_INPUT);
    plain("none", "none", "is stuck").assert(3, "", NO_INPUT);
}

#[test]
fn a_child_without_handlers_of_its_own_ends_with_the_status_of_its_request() {
    let ends = |grace, end, status| {
        let stdout = seen(&format!("the child ended with {status}\nexit, Some(0)\n"));
        plain("a handler of the parent", grace, end).assert(0, &stdout, NO_INPUT);
    };
    ends("grace", "returns", 3);
    ends("none", "is stuck", 3);
    ends("grace", "fails", if target().hook_knows_status { 1 } else { 3 });
    ends("grace", "exits", 0);
}

#[test]
fn a_main_that_returns_while_the_request_ends_the_process_does_not_change_the_status() {
    for _ in 0..rounds(100) {
        plain("handler", "none", "returns").assert(3, "exit, Some(3)\n", NO_INPUT);
        plain("none", "none", "returns").assert(3, "", NO_INPUT);
    }
}

#[test]
fn the_process_does_not_end_while_a_thread_prints_the_error() {
    for handler in ["none", "handler"] {
        despite_load(|| prints_to_a_reader_that_comes_late(handler));
    }
}

/// The thread of the request prints the error when `main` returns.
fn prints_to_a_reader_that_comes_late(handler: &str) {
    let (reader, writer) = full_pipe();
    let program = scenario!("requests_plain").args([handler, "none", "returns late"]);
    let program = program.stderr(writer).start();
    thread::sleep(Duration::from_millis(40));
    let mut printed = String::new();
    File::from(reader).read_to_string(&mut printed).expect("it is text");
    assert_eq!((program.end().code(), printed.trim_start_matches('.')), (3, NO_INPUT));
}

#[test]
fn a_main_without_the_attribute_keeps_the_status_of_a_failure() {
    // Where its failure is not known, that of the request counts.
    let code = if target().hook_knows_status { 1 } else { 3 };
    let failed = format!("exit, Some({code})\n");
    plain("handler", "grace", "fails").assert(code, &failed, NO_INPUT);
    plain("none", "grace", "fails").assert(code, "", NO_INPUT);
    plain("handler", "grace", "exits").assert(0, "exit, Some(0)\n", NO_INPUT);
    plain("none", "grace", "exits").assert(0, "", NO_INPUT);
}
