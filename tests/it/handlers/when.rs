//! Handlers that run at some exits only, by `when`.

use crate::support::{panics_abort, scenario, target};

const FAILURE: &str = "failure\nregistered, failure\n";
const FAILED: &str =
    "exitmacro: handler `when::always` (tests/src/bin/when.rs:_) failed after _s: no luck\n";

#[test]
fn the_end_of_main_decides_between_success_and_failure() {
    scenario!("when").arg("return").run().assert(0, "success\n", "");
    scenario!("when").arg("error").run().assert(1, FAILURE, "Error: \"main fails\"\n");
    if !panics_abort() {
        scenario!("when").arg("panic").run().assert(101, FAILURE, "");
    }
}

/// Ends by `exit` of C or std. Where the hook does not know the status, the handlers that need it
/// are skipped, and each has a line.
#[track_caller]
fn assert_by_libc(exit_path: &str, code: i32, stdout: &str) {
    let ended = scenario!("when").arg(exit_path).run();
    if target().hook_knows_status {
        return ended.assert(code, stdout, "");
    }
    assert_eq!((ended.code(), ended.stdout.as_str()), (code, ""), "{ended:?}");
    let mut lines = ended.stderr.lines();
    let is_skipped = |line: &str| line.contains(" skipped: the exit status is not known here; ");
    assert!(lines.clone().count() == 3 && lines.all(is_skipped), "{ended:?}");
}

#[test]
fn the_status_of_an_exit_decides_between_success_and_failure() {
    assert_by_libc("exit 0", 0, "success\n");
    assert_by_libc("exit 5", 5, FAILURE);
    scenario!("when").arg("exitmacro exit 5").run().assert(5, FAILURE, "");
}

#[test]
fn a_status_counts_as_the_parent_sees_it() {
    let exit_paths = ["exit 256", "exitmacro exit 256", "c exit 256"];
    scenario!("when").arg("exitmacro exit 256").run().assert(0, "success\n", "");
    assert_by_libc("exit 256", 0, "success\n");
    assert_by_libc("c exit 256", 0, "success\n");
    for exit_path in exit_paths {
        // The failure of a handler replaces such a success as well.
        scenario!("when").arg(exit_path).arg("fails").run().assert_at_any_line(4, FAILURE, FAILED);
    }
    scenario!("when").arg("exit 5").arg("256").run().assert(0, "success\n", "");
    scenario!("when").arg("exit 5").arg("-1").run().assert(255, FAILURE, "");
    scenario!("when").arg("return").arg("512").run().assert(0, "success\n", "");
}

#[test]
fn a_signal_is_neither_success_nor_failure() {
    scenario!("when").arg("signal").run().assert(143, "signal\n", "");
}

#[test]
fn a_run_by_hand_is_a_success() {
    scenario!("when").arg("run").run().assert(0, "success\ntrue\n", "");
}

#[test]
fn a_status_that_a_handler_sets_counts_for_those_after_it() {
    scenario!("when").arg("return").arg("9").run().assert(9, FAILURE, "");
    scenario!("when").arg("exit 5").arg("0").run().assert(0, "success\n", "");
    scenario!("when").arg("run").arg("9").run().assert(0, &format!("{FAILURE}true\n"), "");
}

#[test]
fn a_failure_that_changes_the_status_counts_for_those_after_it() {
    scenario!("when").arg("return").arg("fails").run().assert_at_any_line(4, FAILURE, FAILED);
}

#[test]
fn a_trace_reports_handlers_that_are_skipped() {
    let ended = scenario!("when")
        .arg("return")
        .env("EXITMACRO_LOG", "trace")
        .env("EXITMACRO_BUDGET", "2m")
        .run();
    let left_out = |name: &str| format!("handler `{name}` (tests/src/bin/when.rs:");
    let lines: Vec<&str> = ended
        .stderr
        .lines()
        .filter(|line| line.ends_with("skipped: its `when` does not match this exit"))
        .collect();
    let names = ["when::at_a_signal", "when::at_failure", "registered"];
    assert!(
        lines.len() == 3
            && names.iter().all(|name| lines.iter().any(|line| line.contains(&left_out(name)))),
        "{ended:?}"
    );
}
