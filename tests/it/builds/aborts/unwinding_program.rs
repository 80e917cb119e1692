//! Panics that abort in a program in which panics unwind.

use super::Panic::Unwinds;
use super::{SIGABRT, abandoned, assert_leaves, handlers, middle, run};

#[test]
fn a_second_panic_runs_the_handlers_and_dies_of_sigabrt() {
    let expected = ["main panics\n", "a second panic\n"];
    assert_leaves(
        &run("aborts", Unwinds, "double panic", ""),
        SIGABRT,
        &handlers("panic, Some(134)"),
        &expected,
    );
    assert_leaves(&run("aborts_off", Unwinds, "double panic", ""), SIGABRT, "", &expected);
    assert_leaves(&run("aborts_plain", Unwinds, "double panic", ""), SIGABRT, "", &expected);
}

#[test]
fn a_panic_that_reaches_c_runs_the_handlers_and_dies_of_sigabrt() {
    let expected = ["main panics\n", "panic in a function that cannot unwind"];
    assert_leaves(
        &run("aborts", Unwinds, "panic in extern C", ""),
        SIGABRT,
        &handlers("panic, Some(134)"),
        &expected,
    );
    assert_leaves(&run("aborts_off", Unwinds, "panic in extern C", ""), SIGABRT, "", &expected);
    assert_leaves(&run("aborts_plain", Unwinds, "panic in extern C", ""), SIGABRT, "", &expected);
}

#[test]
fn the_error_of_a_request_is_printed_before_a_panic_aborts() {
    let ended = run("aborts", Unwinds, "panic in extern C, asked to end", "");
    let expected = ["main panics\n", "Error: \"disk full\"\n"];
    assert_leaves(&ended, SIGABRT, &handlers("panic, Some(134)"), &expected);
}

#[test]
fn the_other_handlers_run_when_the_panic_of_one_reaches_c() {
    for name in ["aborts", "aborts_plain"] {
        let expected = [
            "the handler panics\n",
            &middle("panicked after _s: its message is above: the panic could not unwind"),
        ];
        let ended = run(name, Unwinds, "std exit", "panic in extern C");
        assert_leaves(&ended, 0, &handlers("exit, Some(0)"), &expected);
    }
}

#[test]
fn a_panic_of_an_abandoned_handler_that_reaches_c_stops_nothing() {
    for name in ["aborts", "aborts_plain"] {
        let expected = ["the handler panics\n", &abandoned()];
        let ended = run(name, Unwinds, "exitmacro exit", "panic in extern C, late");
        assert_leaves(&ended, 0, &handlers("exit, Some(0)"), &expected);
    }
}

#[test]
fn a_late_panic_on_the_thread_of_a_run_by_hand_aborts_after_the_other_handlers() {
    for name in ["aborts", "aborts_plain"] {
        let expected = ["the handler panics\n", &abandoned()];
        let ended = run(name, Unwinds, "run by hand", "panic in extern C, late, on the caller");
        assert_leaves(&ended, SIGABRT, &handlers("requested, None"), &expected);
    }
}

#[test]
fn std_exit_on_the_exiting_thread_keeps_the_other_handlers_and_the_status() {
    // Inside the hook, std aborts a second call of its own exit.
    for name in ["aborts", "aborts_plain"] {
        let ended = run(name, Unwinds, "std exit", "std exit on the caller");
        assert_eq!(
            (ended.code(), ended.stdout.as_str()),
            (0, handlers("exit, Some(0)").as_str()),
            "{ended:#?}"
        );
        assert!(ended.stderr.contains("exitmacro: handler `middle` "), "{ended:#?}");
    }
}

#[test]
fn a_panic_on_a_thread_does_not_end_the_process() {
    let stdout = format!("main goes on\n{}", handlers("return, Some(0)"));
    assert_leaves(
        &run("aborts", Unwinds, "panic on a thread", ""),
        0,
        &stdout,
        &["a thread panics\n"],
    );
}
