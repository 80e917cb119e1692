//! A cell whose value a future makes.

use crate::support::{panics_abort, scenario};

/// Compares what the program prints, with a runtime on one thread and on several.
#[track_caller]
fn assert_prints(case: &str, code: i32, stdout: &str) {
    for workers in ["0", "1", "2"] {
        scenario!("async_cells").arg(workers).arg(case).run().assert(code, stdout, "");
    }
}

#[test]
fn many_tasks_make_one_value_that_is_dropped_at_exit() {
    assert_prints("many tasks", 0, "true\nvalue 1 dropped\n");
}

#[test]
fn a_future_that_is_dropped_lets_the_next_one_make_the_value() {
    assert_prints("given up", 0, "1\nvalue 1 dropped\n");
    assert_prints("waits, given up", 0, "1\nvalue 1 dropped\n");
}

#[test]
fn futures_that_give_up_leave_nothing_behind_and_the_others_are_woken() {
    assert_prints("waiters give up", 0, "0 left\n1\nvalue 1 dropped\n");
}

#[test]
fn a_failure_leaves_the_cell_empty() {
    assert_prints("fails", 0, "no luck\n1\nvalue 1 dropped\n");
    if panics_abort() {
        return;
    }
    for workers in ["0", "2"] {
        let ended = scenario!("async_cells").arg(workers).arg("panics").run();
        assert_eq!((ended.code(), &*ended.stdout), (0, "true\n1\nvalue 1 dropped\n"));
        assert!(ended.stderr.contains("bad luck"), "{}", ended.stderr);
    }
}

#[test]
fn the_first_value_stays_when_a_thread_makes_one_meanwhile() {
    let stdout = "value 1 dropped\nOk(7), Ok(7)\nvalue 7 dropped\n";
    assert_prints("a thread meanwhile", 0, stdout);
}

#[test]
fn an_exit_does_not_wait_for_a_value_that_a_future_makes() {
    assert_prints("exit meanwhile", 3, "");
}

#[test]
fn no_value_is_made_after_the_run() {
    let stdout =
        "the cell had no value when the exit handlers ran, and no value is made after them\n";
    assert_prints("after the run", 0, &format!("value 1 dropped\n{stdout}"));
}

#[test]
fn the_value_of_a_cell_may_be_closed_by_a_future() {
    assert_prints("of a value that is closed by a future", 0, "true\nclosed\n");
}
