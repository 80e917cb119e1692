//! When the handlers of a program with `#[exitmacro::main]` run.

use super::{handlers, main_fn};
use crate::support::{panic_message, panics_abort};

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
fn the_status_of_an_error_is_that_of_the_run() {
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
fn a_panic_is_the_reason_of_the_run_and_then_continues() {
    let message = panic_message("main", "main_fn", "main panics");
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
        &panic_message("main", "main_fn", "main panics"),
    );
}

#[test]
fn the_hook_runs_the_handlers_where_main_does_not_return() {
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
fn the_run_is_before_thread_locals_drop_where_exitmacro_ends_the_process() {
    main_fn("exitmacro exit").assert(
        5,
        &format!("{}thread-local dropped\n", handlers("exit, Some(5)", "alive")),
        "",
    );
}

#[test]
fn the_run_may_begin_on_another_thread() {
    for (exit_path, code) in [("std exit on a thread", 6), ("exitmacro exit on a thread", 8)] {
        let ended = main_fn(exit_path);
        assert!(
            ended.stdout.starts_with(&handlers(&format!("exit, Some({code})"), "alive")),
            "{ended:?}"
        );
        assert_eq!((ended.code(), ended.stderr.as_str()), (code, ""));
    }
}

#[test]
fn main_ends_the_process_when_a_handler_exits_while_it_panics() {
    if !panics_abort() {
        let ended = main_fn("a handler exits while it panics");
        // `main` ends the process, so its thread-locals are dropped. The thread of that handler
        // does not.
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
fn a_panic_that_unwinds_another_thread_starts_no_run() {
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
