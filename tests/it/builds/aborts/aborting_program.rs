//! Programs that are compiled with `panic = "abort"`.

use super::Panic::Aborts;
use super::{SIGABRT, abandoned, assert_leaves, handlers, middle, program, run};

#[test]
fn a_panic_in_main_runs_the_handlers_and_dies_of_sigabrt() {
    for name in ["aborts", "aborts_by_config"] {
        assert_leaves(
            &run(name, Aborts, "panic", ""),
            SIGABRT,
            &handlers("panic, Some(134)"),
            &["main panics\n", "thread 'main'"],
        );
    }
}

#[test]
fn a_panic_on_a_thread_runs_the_handlers_and_dies_of_sigabrt() {
    for name in ["aborts", "aborts_by_config"] {
        assert_leaves(
            &run(name, Aborts, "panic on a thread", ""),
            SIGABRT,
            &handlers("panic, Some(134)"),
            &["a thread panics\n"],
        );
    }
}

#[test]
fn hooks_of_the_program_are_called_and_the_handlers_run() {
    let expected: [(&str, &[&str]); 3] = [
        ("color-eyre", &["The application panicked (crashed).", "main panics"]),
        ("human-panic", &["had a problem and crashed", "main panics"]),
        ("own", &["own hook: main panics\n"]),
    ];
    for (hook, expected) in expected {
        for name in ["aborts", "aborts_by_config"] {
            let program = program(name, Aborts)
                .arg("panic")
                .env("HOOK", hook)
                .env("CI", "1")
                .with(|command| _ = command.env_remove("RUST_BACKTRACE"));
            let ended = program.run();
            assert!(!ended.stderr.contains("thread 'main'"), "the hook of std is gone: {ended:#?}");
            assert_leaves(&ended, SIGABRT, &handlers("panic, Some(134)"), expected);
        }
    }
}

#[test]
fn the_other_handlers_run_when_one_panics() {
    for inside in ["panic", "panic on the caller"] {
        for (exit_path, reason) in
            [("return", "return"), ("std exit", "exit"), ("exitmacro exit", "exit")]
        {
            let expected =
                ["the handler panics\nnote", &middle("panicked after _s: the handler panics")];
            assert_leaves(
                &run("aborts", Aborts, exit_path, inside),
                0,
                &handlers(&format!("{reason}, Some(0)")),
                &expected,
            );
            assert_leaves(
                &run("aborts_off", Aborts, exit_path, inside),
                0,
                &handlers(&format!("{reason}, Some(0)")),
                &expected,
            );
            // The configuration of this program turns a failure into the status 3.
            assert_leaves(
                &run("aborts_by_config", Aborts, exit_path, inside),
                3,
                &handlers("exit, Some(0)"),
                &expected,
            );
            assert_leaves(
                &run("aborts_plain", Aborts, exit_path, inside),
                0,
                &handlers("exit, Some(0)"),
                &expected,
            );
        }
    }
}

#[test]
fn the_other_handlers_run_when_one_panics_that_was_abandoned() {
    for name in ["aborts", "aborts_off", "aborts_plain"] {
        let expected = ["the handler panics\nnote", &abandoned()];
        let ended = run(name, Aborts, "exitmacro exit", "panic, late");
        assert_leaves(&ended, 0, &handlers("exit, Some(0)"), &expected);
    }
}

#[test]
fn the_other_handlers_run_when_one_panics_under_a_hook_of_the_program() {
    for hook in ["color-eyre", "human-panic", "own"] {
        for name in ["aborts", "aborts_plain"] {
            let program = program(name, Aborts)
                .arg("std exit")
                .arg("panic")
                .env("HOOK", hook)
                .env("CI", "1")
                .with(|command| _ = command.env_remove("RUST_BACKTRACE"));
            assert_leaves(
                &program.run(),
                0,
                &handlers("exit, Some(0)"),
                &[&middle("panicked after _s: the handler panics")],
            );
        }
    }
}

#[test]
fn the_other_handlers_run_when_one_panics_after_a_panic_in_main() {
    for inside in ["panic", "panic on the caller"] {
        let expected = ["main panics\n", &middle("panicked after _s: the handler panics")];
        assert_leaves(
            &run("aborts", Aborts, "panic", inside),
            SIGABRT,
            &handlers("panic, Some(134)"),
            &expected,
        );
    }
}

#[test]
fn the_other_handlers_run_when_one_panics_in_a_run_by_hand() {
    let stdout = format!("{}success: false\n", handlers("requested, None"));
    assert_leaves(
        &run("aborts", Aborts, "run by hand", "panic"),
        0,
        &stdout,
        &[&middle("panicked after _s: the handler panics")],
    );
}

#[test]
fn a_handler_that_panics_on_the_thread_of_a_run_by_hand_aborts_after_the_other_handlers() {
    // The panic aborts the thread that waits for the run, and no other thread ends the process.
    let ended = run("aborts", Aborts, "run by hand", "panic on the caller");
    assert_leaves(
        &ended,
        SIGABRT,
        &handlers("requested, None"),
        &[&middle("panicked after _s: the handler panics")],
    );
}

#[test]
fn a_thread_that_panics_during_the_run_does_not_stop_it() {
    for (exit_path, end) in [
        ("return", "return, Some(0)"),
        ("std exit", "exit, Some(0)"),
        ("panic", "panic, Some(134)"),
    ] {
        let ended = run("aborts", Aborts, exit_path, "a thread panics");
        assert_leaves(
            &ended,
            if exit_path == "panic" { SIGABRT } else { 0 },
            &handlers(end),
            &["a thread panics\n"],
        );
    }
}

#[test]
fn no_handler_runs_on_abort_where_that_is_disabled() {
    for name in ["aborts_off", "aborts_plain"] {
        assert_leaves(&run(name, Aborts, "panic", ""), SIGABRT, "", &["main panics\n"]);
        assert_leaves(
            &run(name, Aborts, "panic on a thread", ""),
            SIGABRT,
            "",
            &["a thread panics\n"],
        );
    }
}
