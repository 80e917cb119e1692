//! `#[exitmacro::main]` above and below the attribute of tokio.

use crate::support::{panic_message, panics_abort, scenario};

const MAIN: &str = "main, its thread-local is alive";

const OTHER: &str = "another thread";

/// Compares what both programs print.
#[track_caller]
fn assert_ends(exit_path: &str, code: i32, stdout: &str, stderr: &str) {
    for program in [scenario!("main_async_above"), scenario!("main_async_below")] {
        program.arg(exit_path).run().assert(code, stdout, stderr);
    }
}

fn handler(thread: &str, end: &str, inside: bool) -> String {
    format!("on {thread}: {end}\ninside the runtime: {inside}\n")
}

/// What is printed when `main` ends.
fn ended(end: &str) -> String {
    format!("local dropped\n{}thread-local dropped\n", handler(OTHER, end, true))
}

#[test]
fn a_runtime_of_either_order_is_at_work_while_the_handlers_run() {
    // The thread of the runtime is that of `main`, and continues with tasks. Another thread runs
    // what the exiting thread would.
    assert_ends("return 7", 7, &ended("return, Some(7)"), "");
    assert_ends(
        "error",
        1,
        &ended("return, Some(1)"),
        "Error: ParseIntError { kind: InvalidDigit }\n",
    );
}

#[test]
fn a_panic_passes_through_a_runtime() {
    let message = panic_message("main", "main_async/body", "main panics");
    if panics_abort() {
        assert_ends("panic", -6, &handler(MAIN, "panic, Some(134)", true), &message);
    } else {
        assert_ends("panic", 101, &ended("panic, Some(101)"), &message);
    }
}

#[test]
fn a_runtime_may_be_left_by_an_exit() {
    assert_ends(
        "exitmacro exit",
        5,
        &format!("{}thread-local dropped\n", handler(MAIN, "exit, Some(5)", true)),
        "",
    );
    assert_ends(
        "std exit",
        6,
        &format!(
            "thread-local dropped\n{}",
            handler("main, its thread-local is gone", "exit, Some(6)", false)
        ),
        "",
    );
    // The thread-local belongs to a thread that does not end.
    assert_ends("exitmacro exit in a task", 8, &handler(OTHER, "exit, Some(8)", true), "");
}

#[test]
fn the_handlers_of_a_runtime_by_hand_run_when_main_has_ended() {
    scenario!("main_async_by_hand").run().assert(
        1,
        "serve\nsave the state\nclose_db\n",
        "Error: \"could not save\"\n",
    );
}
