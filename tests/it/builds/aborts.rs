//! A panic that aborts: the handlers run, and the process still dies of SIGABRT.

use crate::support::{Build, Ended, Scenario};
use std::path::PathBuf;

/// How the program is built.
#[derive(Clone, Copy)]
enum Panic {
    Aborts,
    Unwinds,
}
use Panic::{Aborts, Unwinds};

/// The code of a process that died of SIGABRT.
const SIGABRT: i32 = -libc::SIGABRT;

fn program(name: &str, panic: Panic) -> Scenario {
    // In release, because human-panic is active only there.
    let build = match panic {
        Aborts => Build::release().setting("panic = 'abort'").feature("hooks"),
        Unwinds => Build::release(),
    };
    let program: PathBuf = build.program("aborts");
    Scenario::of(&program.with_file_name(name))
}

fn run(name: &str, panic: Panic, exit_path: &str, inside: &str) -> Ended {
    program(name, panic).arg(exit_path).arg(inside).run()
}

/// What the handlers print for this reason and status.
fn handlers(end: &str) -> String {
    format!("first: {end}\nmiddle\nlast\n")
}

/// The line of the handler that misbehaved.
fn middle(what: &str) -> String {
    format!("exitmacro: handler `middle` (aborts/src/body.rs:_) {what}\n")
}

/// Compares. Each text of `expected` must be in stderr once.
#[track_caller]
fn assert_leaves(ended: &Ended, code: i32, stdout: &str, expected: &[&str]) {
    assert_eq!((ended.code(), ended.stdout.as_str()), (code, stdout), "{ended:#?}");
    let stderr = crate::support::without_line_numbers(&crate::support::normalized(&ended.stderr));
    for text in expected {
        assert_eq!(stderr.matches(text).count(), 1, "{text:?} in {ended:#?}");
    }
    let ours = expected.iter().filter(|text| text.starts_with("exitmacro: ")).count();
    assert_eq!(stderr.matches("exitmacro: ").count(), ours, "{ended:#?}");
}

mod in_an_aborting_program {
    use super::*;

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
                assert!(
                    !ended.stderr.contains("thread 'main'"),
                    "the hook of std is gone: {ended:#?}"
                );
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
    fn a_handler_that_panics_on_the_thread_of_a_run_by_hand_aborts_the_process_after_the_other_handlers()
     {
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
}

mod in_an_unwinding_program {
    use super::*;

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
        assert_leaves(
            &run("aborts_plain", Unwinds, "panic in extern C", ""),
            SIGABRT,
            "",
            &expected,
        );
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
}

#[test]
fn an_abort_without_a_panic_runs_nothing() {
    for panic in [Aborts, Unwinds] {
        run("aborts", panic, "abort", "").assert(SIGABRT, "", "");
    }
}

#[test]
fn a_sigabrt_from_outside_runs_nothing() {
    for panic in [Aborts, Unwinds] {
        let mut running = program("aborts", panic).arg("wait").start();
        running.wait_for("waiting");
        running.signal(libc::SIGABRT);
        running.end().assert(SIGABRT, "waiting\n", "");
    }
}

const OWN: &str = "own SIGABRT handler\n";

#[test]
fn a_sigabrt_handler_of_the_program_is_called_after_the_exit_handlers() {
    // `main` installs it after ours.
    let ended = program("aborts", Aborts).arg("panic").env("OWN_SIGABRT", "1").run();
    assert_leaves(
        &ended,
        42,
        &format!("{}{OWN}", handlers("panic, Some(134)")),
        &["main panics\n"],
    );
    let ended = program("aborts", Aborts).arg("panic on a thread").env("OWN_SIGABRT", "1").run();
    assert_leaves(
        &ended,
        42,
        &format!("{}{OWN}", handlers("panic, Some(134)")),
        &["a thread panics\n"],
    );
    // This program does not request that handlers run on abort.
    let ended = program("aborts_plain", Aborts).arg("panic").env("OWN_SIGABRT", "1").run();
    assert_leaves(&ended, 42, OWN, &["main panics\n"]);
}

#[test]
fn a_sigabrt_handler_of_the_program_is_not_called_when_an_exit_handler_panics() {
    for name in ["aborts", "aborts_plain"] {
        let ended =
            program(name, Aborts).arg("std exit").arg("panic").env("OWN_SIGABRT", "1").run();
        assert_leaves(
            &ended,
            0,
            &handlers("exit, Some(0)"),
            &["the handler panics\nnote", &middle("panicked after _s: the handler panics")],
        );
    }
}

#[test]
fn no_exit_handler_runs_where_the_program_replaces_the_sigabrt_handler_and_the_panic_hook() {
    for hook in ["color-eyre", "own"] {
        let ended =
            program("aborts", Aborts).arg("panic").env("OWN_SIGABRT", "1").env("HOOK", hook).run();
        assert_eq!((ended.code(), ended.stdout.as_str()), (42, OWN), "{ended:#?}");
    }
}
