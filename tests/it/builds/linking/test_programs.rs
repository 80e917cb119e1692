//! Test programs, by the fixture `tested`.

use crate::support::{Build, Scenario};

const PASSED: &str = "\nrunning 2 tests\n..\ntest result: ok. 2 passed; 0 failed; 0 ignored; \
                      0 measured; 0 filtered out; finished in _s\n\n";

/// Runs the unit tests of the fixture `tested`. The last line is that of its handler.
#[track_caller]
fn assert_ends(scenario: impl FnOnce(Scenario) -> Scenario, code: i32, output: &str) {
    let program =
        Scenario::of(&Build::debug().tests("tested")).args(["--quiet", "--test-threads=1"]);
    let ended = scenario(program).run();
    let stdout = crate::support::normalized(&ended.stdout);
    let handler = format!("handler: exit, Some({code})\n");
    assert_eq!((ended.code(), stdout.strip_suffix(&handler)), (code, Some(output)));
}

#[test]
fn handlers_run_after_tests_that_pass() {
    assert_ends(|tests| tests, 0, PASSED);
}

#[test]
fn handlers_run_after_a_test_that_fails() {
    let program = Build::debug().tests("tested");
    let ended = Scenario::of(&program).env("FAIL", "1").run();
    assert_eq!(ended.code(), 101);
    assert!(ended.stdout.contains("test result: FAILED. 1 passed; 1 failed"), "{ended:?}");
    assert_eq!(ended.lines().last(), Some(&"handler: exit, Some(101)"));
}

#[test]
fn handlers_run_when_no_test_runs() {
    assert_ends(
        |tests| tests.arg("--list"),
        0,
        "tests::fails_when_asked_to: test\ntests::passes: test\n",
    );
    let none = "\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; \
                2 filtered out; finished in _s\n\n";
    assert_ends(|tests| tests.arg("no_such_test"), 0, none);
}
