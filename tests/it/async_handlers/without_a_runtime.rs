//! Programs without a runtime, and tests.

use crate::support::{Build, Scenario, despite_load};

const LATE: &str = "exitmacro: handler `late` (without_runtime/src/main.rs:_) timed out after _s: \
                    its timeout is _s\n";

#[test]
fn handlers_are_driven_without_a_runtime() {
    let program = Build::debug().program("without_runtime");
    let stdout = |code: &str| format!("woken: {code}\ndropped\ndropped\nlast: Some(7)\n");
    despite_load(|| {
        Scenario::of(&program).run().assert_at_any_line(7, &stdout("exit, Some(0)"), LATE);
        Scenario::of(&program).arg("await").run().assert_at_any_line(
            7,
            &stdout("requested, None"),
            LATE,
        );
    });
}

#[test]
fn handlers_run_after_tests() {
    let ended = Scenario::of(&Build::debug().tests("without_runtime")).run();
    assert!(ended.stdout.contains("test result: ok. 1 passed"), "{ended:?}");
    assert!(
        ended.stdout.ends_with("\nwoken: exit, Some(0)\ndropped\ndropped\nlast: Some(7)\n"),
        "{ended:?}"
    );
    assert_eq!(ended.code(), 7, "{ended:?}");
}

#[test]
fn handlers_run_after_tests_that_had_runtimes() {
    let ended = Scenario::of(&Build::debug().tests("futures")).run();
    assert!(
        ended.stdout.contains("test result: ok. 1 passed") && ended.stdout.ends_with("\nhandler\n"),
        "{ended:?}"
    );
    assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""));
}
