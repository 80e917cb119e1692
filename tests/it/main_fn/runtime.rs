//! `#[exitmacro::main]` above and below the attribute of tokio.

use super::panic_message;
use crate::support::{panics_abort, scenario};

const MAIN: &str = "main, its thread-local is alive";

const OTHER: &str = "another thread";

/// Compares what the program with the attribute above that of tokio does.
#[track_caller]
fn assert_above(way: &str, code: i32, stdout: &str, stderr: &str) {
    scenario!("main_async_above").arg(way).run().assert(code, stdout, stderr);
}

#[track_caller]
fn assert_below(way: &str, code: i32, stdout: &str, stderr: &str) {
    scenario!("main_async_below").arg(way).run().assert(code, stdout, stderr);
}

#[track_caller]
fn assert_ends(way: &str, code: i32, stdout: &str, stderr: &str) {
    assert_above(way, code, stdout, stderr);
    assert_below(way, code, stdout, stderr);
}

fn handler(thread: &str, end: &str, inside: bool) -> String {
    format!("on {thread}: {end}\ninside the runtime: {inside}\n")
}

/// What is printed when `main` comes to its end.
fn ended(thread: &str, end: &str) -> String {
    format!("local dropped\n{}thread-local dropped\n", handler(thread, end, false))
}

#[test]
fn a_runtime_below_the_attribute_is_at_work_while_the_handlers_run() {
    // Its thread, which is that of `main`, goes on with tasks. Another one does what the
    // exiting one would.
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
fn a_runtime_lets_a_panic_through() {
    let message = panic_message("tests/src/bin/main_async/body.rs");
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
    // The thread-local is that of a thread that does not end.
    assert_ends("exitmacro exit in a task", 8, &handler(OTHER, "exit, Some(8)", true), "");
}
