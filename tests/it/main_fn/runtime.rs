//! `#[exitmacro::main]` above and below the attribute of tokio.

use crate::support::{panic_message, panics_abort, scenario};

const MAIN: &str = "main, its thread-local is alive";

const OTHER: &str = "another thread";

/// Compares what the program prints in which the attribute stands above tokio's.
#[track_caller]
fn assert_above(exit_path: &str, code: i32, stdout: &str, stderr: &str) {
    scenario!("main_async_above").arg(exit_path).run().assert(code, stdout, stderr);
}

#[track_caller]
fn assert_below(exit_path: &str, code: i32, stdout: &str, stderr: &str) {
    scenario!("main_async_below").arg(exit_path).run().assert(code, stdout, stderr);
}

#[track_caller]
fn assert_ends(exit_path: &str, code: i32, stdout: &str, stderr: &str) {
    assert_above(exit_path, code, stdout, stderr);
    assert_below(exit_path, code, stdout, stderr);
}

fn handler(thread: &str, end: &str, inside: bool) -> String {
    format!("on {thread}: {end}\ninside the runtime: {inside}\n")
}

/// What is printed when `main` returns.
fn ended(thread: &str, end: &str) -> String {
    format!("local dropped\n{}thread-local dropped\n", handler(thread, end, false))
}

#[test]
fn a_runtime_below_the_attribute_is_at_work_while_the_handlers_run() {
    // The thread of the runtime is that of `main`, and continues with tasks. Another thread runs
    // what the exiting thread would.
    assert_above("return 7", 7, &ended(OTHER, "return, Some(7)"), "");
    assert_above(
        "error",
        1,
        &ended(OTHER, "return, Some(1)"),
        "Error: ParseIntError { kind: InvalidDigit }\n",
    );
}

#[test]
fn a_runtime_above_the_attribute_is_shut_down_before_the_handlers_run() {
    assert_below("return 7", 7, &ended(MAIN, "return, Some(7)"), "");
    assert_below(
        "error",
        1,
        &ended(MAIN, "return, Some(1)"),
        "Error: ParseIntError { kind: InvalidDigit }\n",
    );
}

#[test]
fn a_panic_passes_through_a_runtime() {
    let message = panic_message("main", "main_async/body", "main panics");
    if panics_abort() {
        assert_ends("panic", -6, &handler(MAIN, "panic, Some(134)", true), &message);
    } else {
        assert_above("panic", 101, &ended(OTHER, "panic, Some(101)"), &message);
        assert_below("panic", 101, &ended(MAIN, "panic, Some(101)"), &message);
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
