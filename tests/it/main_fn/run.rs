//! When the handlers of a program with `#[exitmacro::main]` run.

use super::{handlers, main_fn, panic_message};
use crate::support::panics_abort;

#[test]
fn the_run_is_after_the_body_and_before_the_end_of_main() {
    let handlers = |code: i32| handlers(&format!("return, Some({code})"), "alive");
    main_fn("return").assert(
        0,
        &format!("the body ends\nlocal dropped\n{}thread-local dropped\n", handlers(0)),
        "",
    );
    for code in [7, 255] {
        main_fn(&format!("return {code}")).assert(
            code,
            &format!("local dropped\n{}thread-local dropped\n", handlers(code)),
            "",
        );
    }
}

#[test]
fn the_run_knows_the_status_of_an_error() {
    let stdout =
        format!("local dropped\n{}thread-local dropped\n", handlers("return, Some(1)", "alive"));
    main_fn("error").assert(1, &stdout, "Error: ParseIntError { kind: InvalidDigit }\n");
}

#[test]
fn the_run_includes_what_main_registered() {
    let ended = main_fn("register, then return");
    assert_eq!(ended.lines().iter().filter(|line| **line == "registered").count(), 1, "{ended:?}");
    assert_eq!(ended.code(), 0);
}

#[test]
fn the_run_knows_of_a_panic_which_then_goes_on() {
    let message = panic_message("tests/src/bin/main_fn.rs");
    if panics_abort() {
        main_fn("panic").assert(-6, &handlers("panic, Some(134)", "alive"), &message);
    } else {
        let stdout = format!(
            "local dropped\n{}thread-local dropped\n",
            handlers("panic, Some(101)", "alive")
        );
        main_fn("panic").assert(101, &stdout, &message);
    }
}

#[test]
fn the_run_is_not_repeated_after_a_run_by_hand() {
    let requested = handlers("requested, None", "alive");
    main_fn("run by hand").assert(
        0,
        &format!("{requested}ran 2\nthe body ends\nlocal dropped\nthread-local dropped\n"),
        "",
    );
    let (code, dropped) =
        if panics_abort() { (-6, "") } else { (101, "local dropped\nthread-local dropped\n") };
    main_fn("run by hand, then panic").assert(
        code,
        &format!("{requested}{dropped}"),
        &panic_message("tests/src/bin/main_fn.rs"),
    );
}

#[test]
fn the_run_is_that_of_the_hook_where_main_does_not_come_to_its_end() {
    // libc has destroyed the thread-locals by then.
    main_fn("std exit").assert(
        3,
        &format!("thread-local dropped\n{}", handlers("exit, Some(3)", "gone")),
        "",
    );
    main_fn("c exit").assert(
        4,
        &format!("thread-local dropped\n{}", handlers("exit, Some(4)", "gone")),
        "",
    );
}

#[test]
fn the_run_is_before_the_thread_locals_go_where_exitmacro_ends_the_process() {
    main_fn("exitmacro exit").assert(
        5,
        &format!("{}thread-local dropped\n", handlers("exit, Some(5)", "alive")),
        "",
    );
}

#[test]
fn the_run_may_begin_on_another_thread() {
    for (way, code) in [("std exit on a thread", 6), ("exitmacro exit on a thread", 8)] {
        let ended = main_fn(way);
        assert!(
            ended.stdout.starts_with(&handlers(&format!("exit, Some({code})"), "alive")),
            "{ended:?}"
        );
        assert_eq!((ended.code(), ended.stderr.as_str()), (code, ""));
    }
}

#[test]
fn the_run_leaves_the_end_to_main_when_a_handler_exits_while_it_panics() {
    if !panics_abort() {
        let ended = main_fn("a handler exits while it panics");
        // By `main`, whose thread-locals go; not by the thread of that handler.
        assert_eq!(
            (
                ended.code(),
                ended.stdout.ends_with("\nthread-local dropped\n"),
                ended.stderr.as_str()
            ),
            (9, true, ""),
            "{ended:?}"
        );
    }
}

#[test]
fn the_run_is_not_that_of_a_thread_that_panics_and_unwinds() {
    if !panics_abort() {
        let ended = main_fn("panic on a thread");
        assert_eq!(
            ended.stdout,
            format!(
                "the body ends\nlocal dropped\n{}thread-local dropped\n",
                handlers("return, Some(0)", "alive")
            )
        );
        assert_eq!((ended.code(), ended.stderr.matches("a thread panics").count()), (0, 1));
    }
}
