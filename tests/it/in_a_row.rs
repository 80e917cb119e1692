//! Short handlers, which a runner executes one after the other without asking for each: whatever one of them does, the others run as they always do.

use crate::harness::{scenario, steady};

const REST: &str = "fourth fifth and the last one\n";

#[track_caller]
fn assert_prints(act: &str, code: i32, third: &str, stderr: &str) {
    let stdout = format!("first second third {third}{REST}");
    scenario!("in_a_row").arg(act).run().assert(code, &stdout, stderr);
}

#[test]
fn all_of_them_run_in_order() {
    assert_prints("returns", 0, "", "");
}

#[test]
fn one_that_comes_late_takes_its_place() {
    scenario!("in_a_row").arg("registers").run().assert(0, "first second third fourth late fifth and the last one\n", "");
}

#[test]
fn a_handler_that_looks_sees_those_that_have_not_begun() {
    assert_prints("looks", 0, "[in_a_row::fourth] [in_a_row::fifth] [in_a_row::last] ", "");
}

#[test]
fn one_that_fails_is_reported() {
    assert_prints("fails", 0, "", "exitmacro: handler `in_a_row::third` (tests/src/bin/in_a_row.rs:32) failed after _s: no luck\n");
}

#[test]
fn one_that_exits_changes_the_status_and_is_not_called_again() {
    assert_prints("exits", 7, "", "");
    assert_prints("ends the process", 8, "", "");
}

#[test]
fn one_that_hangs_is_given_up_after_its_own_time() {
    let timed_out = "exitmacro: handler `in_a_row::third` (tests/src/bin/in_a_row.rs:32) timed out after _s and was abandoned: its timeout is _s\n";
    assert_prints("hangs", 0, "", timed_out);
}

#[test]
fn one_that_panics_is_reported() {
    if crate::harness::panics_abort() {
        return;
    }
    let ended = scenario!("in_a_row").arg("panics").run();
    assert_eq!((ended.code(), ended.stdout.as_str()), (0, format!("first second third {REST}").as_str()), "{ended:?}");
    assert!(steady(&ended.stderr).ends_with("exitmacro: handler `in_a_row::third` (tests/src/bin/in_a_row.rs:32) panicked after _s: as asked\n"), "{ended:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_that_libc_was_not_told_of_runs_none_of_the_others() {
    assert_prints("forks unseen", 0, "(the child ended with 0) ", "");
}

#[test]
fn a_run_by_hand_reports_each() {
    let outcomes = ["first", "second", "third", "fourth", "fifth", "last"].map(|name| format!("in_a_row::{name}: completed\n")).concat();
    scenario!("in_a_row").arg("returns").arg("by hand").run().assert(0, &format!("first second third {REST}{outcomes}"), "");
}
