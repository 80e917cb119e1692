//! A run that the program awaits.

use super::{handlers, start};

const REPORT: &str =
    "report: own completed, program's completed, meanwhile completed, last completed\n";

fn ran() -> String {
    handlers("requested", "None", true)
}

#[track_caller]
fn assert_prints(exit_path: &str, code: i32, stdout: &str) {
    for (_, running) in start(exit_path) {
        running.end().assert(code, stdout, "");
    }
}

#[test]
fn an_awaited_run_leaves_the_process_and_its_status_alone() {
    assert_prints("run", 0, &format!("{}{REPORT}", ran()));
    assert_prints("run, then return 7", 7, &format!("{}{REPORT}", ran()));
    assert_prints("run, then exitmacro exit", 5, &format!("{}{REPORT}", ran()));
}

#[test]
fn an_awaited_run_takes_place_once() {
    assert_prints("run twice", 0, &format!("{}{REPORT}{REPORT}", ran()));
    assert_prints("run in two tasks", 0, &format!("{}{REPORT}{REPORT}", ran()));
}

#[test]
fn an_awaited_run_continues_when_its_future_is_dropped() {
    assert_prints("run, dropped", 0, &ran().replace("last: None", "last: Some(0)"));
}

#[test]
fn an_awaited_run_may_become_the_end_of_the_process() {
    assert_prints("run, and exit on a thread", 5, &ran().replace("last: None", "last: Some(5)"));
}

#[test]
fn a_run_by_hand_has_the_same_result_where_the_runtime_outlives_main() {
    for (flavor, running) in start("run by hand") {
        running.end().assert(
            0,
            &format!("{}{REPORT}", handlers("requested", "None", flavor.outlives_main)),
            "",
        );
    }
}
