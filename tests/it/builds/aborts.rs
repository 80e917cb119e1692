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

/// How a process that died of SIGABRT is written.
const SIGABRT: i32 = -libc::SIGABRT;

fn program(name: &str, panic: Panic) -> Scenario {
    // In release, where human-panic speaks up.
    let build = match panic {
        Aborts => Build::release().setting("panic = 'abort'").feature("hooks"),
        Unwinds => Build::release(),
    };
    let program: PathBuf = build.program("aborts");
    Scenario::of(&program.with_file_name(name))
}

fn run(name: &str, panic: Panic, way: &str, inside: &str) -> Ended {
    program(name, panic).arg(way).arg(inside).run()
}

/// What the handlers print when the process ends so.
fn handlers(end: &str) -> String {
    format!("first: {end}\nmiddle\nlast\n")
}

/// The line of the handler that misbehaved.
fn middle(what: &str) -> String {
    format!("exitmacro: handler `middle` (aborts/src/body.rs:_) {what}\n")
}

/// Compares; `said` is what stderr must hold, each once.
#[track_caller]
fn assert_says(ended: &Ended, code: i32, stdout: &str, said: &[&str]) {
    assert_eq!((ended.code(), ended.stdout.as_str()), (code, stdout), "{ended:#?}");
    let stderr = crate::support::without_line_numbers(&crate::support::normalized(&ended.stderr));
    for text in said {
        assert_eq!(stderr.matches(text).count(), 1, "{text:?} in {ended:#?}");
    }
    let ours = said.iter().filter(|text| text.starts_with("exitmacro: ")).count();
    assert_eq!(stderr.matches("exitmacro: ").count(), ours, "{ended:#?}");
}

mod in_an_aborting_program {
    use super::*;

    #[test]
    fn a_panic_in_main_runs_the_handlers_and_dies_of_sigabrt() {
        for name in ["aborts", "aborts_by_config"] {
            assert_says(
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
            assert_says(
                &run(name, Aborts, "panic on a thread", ""),
                SIGABRT,
                &handlers("panic, Some(134)"),
                &["a thread panics\n"],
            );
        }
    }

    #[test]
    fn hooks_of_the_program_are_called_and_the_handlers_run() {
        let said: [(&str, &[&str]); 3] = [
            ("color-eyre", &["The application panicked (crashed).", "main panics"]),
            ("human-panic", &["had a problem and crashed", "main panics"]),
            ("own", &["own hook: main panics\n"]),
        ];
        for (hook, said) in said {
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
                assert_says(&ended, SIGABRT, &handlers("panic, Some(134)"), said);
            }
        }
    }

    #[test]
    fn a_handler_that_panics_does_not_take_the_others_with_it() {
        for inside in ["panic", "panic on the caller"] {
            for (way, reason) in
                [("return", "return"), ("std exit", "exit"), ("exitmacro exit", "exit")]
            {
                let said =
                    ["the handler panics\nnote", &middle("panicked after _s: the handler panics")];
                assert_says(
                    &run("aborts", Aborts, way, inside),
                    0,
                    &handlers(&format!("{reason}, Some(0)")),
                    &said,
                );
                assert_says(
                    &run("aborts_off", Aborts, way, inside),
                    0,
                    &handlers(&format!("{reason}, Some(0)")),
                    &said,
                );
                // As it is with a failure.
                assert_says(
                    &run("aborts_by_config", Aborts, way, inside),
                    3,
                    &handlers("exit, Some(0)"),
                    &said,
                );
                assert_says(
                    &run("aborts_plain", Aborts, way, inside),
                    0,
                    &handlers("exit, Some(0)"),
                    &said,
                );
            }
        }
    }

    #[test]
    fn a_handler_that_panics_under_a_hook_of_the_program_does_not_take_the_others_with_it() {
        for hook in ["color-eyre", "human-panic", "own"] {
            for name in ["aborts", "aborts_plain"] {
                let program = program(name, Aborts)
                    .arg("std exit")
                    .arg("panic")
                    .env("HOOK", hook)
                    .env("CI", "1")
                    .with(|command| _ = command.env_remove("RUST_BACKTRACE"));
                assert_says(
                    &program.run(),
                    0,
                    &handlers("exit, Some(0)"),
                    &[&middle("panicked after _s: the handler panics")],
                );
            }
        }
    }

    #[test]
    fn a_handler_that_panics_after_a_panic_in_main_does_not_take_the_others_with_it() {
        for inside in ["panic", "panic on the caller"] {
            let said = ["main panics\n", &middle("panicked after _s: the handler panics")];
            assert_says(
                &run("aborts", Aborts, "panic", inside),
                SIGABRT,
                &handlers("panic, Some(134)"),
                &said,
            );
        }
    }

    #[test]
    fn a_handler_that_panics_in_a_run_by_hand_does_not_take_the_others_with_it() {
        let stdout = format!("{}success: false\n", handlers("requested, None"));
        assert_says(
            &run("aborts", Aborts, "run by hand", "panic"),
            0,
            &stdout,
            &[&middle("panicked after _s: the handler panics")],
        );
    }

    #[test]
    fn a_handler_that_panics_on_the_thread_of_a_run_by_hand_takes_the_program_with_it_after_the_rest()
     {
        // That thread cannot go on where it was, and no other one is there to end the process.
        let ended = run("aborts", Aborts, "run by hand", "panic on the caller");
        assert_says(
            &ended,
            SIGABRT,
            &handlers("requested, None"),
            &[&middle("panicked after _s: the handler panics")],
        );
    }

    #[test]
    fn a_thread_that_panics_during_the_run_does_not_cut_it_short() {
        for (way, end) in [
            ("return", "return, Some(0)"),
            ("std exit", "exit, Some(0)"),
            ("panic", "panic, Some(134)"),
        ] {
            let ended = run("aborts", Aborts, way, "a thread panics");
            assert_says(
                &ended,
                if way == "panic" { SIGABRT } else { 0 },
                &handlers(end),
                &["a thread panics\n"],
            );
        }
    }

    #[test]
    fn nothing_runs_where_that_is_turned_off() {
        for name in ["aborts_off", "aborts_plain"] {
            assert_says(&run(name, Aborts, "panic", ""), SIGABRT, "", &["main panics\n"]);
            assert_says(
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
        let said = ["main panics\n", "a second panic\n"];
        assert_says(
            &run("aborts", Unwinds, "double panic", ""),
            SIGABRT,
            &handlers("panic, Some(134)"),
            &said,
        );
        assert_says(&run("aborts_off", Unwinds, "double panic", ""), SIGABRT, "", &said);
        assert_says(&run("aborts_plain", Unwinds, "double panic", ""), SIGABRT, "", &said);
    }

    #[test]
    fn a_panic_that_reaches_c_runs_the_handlers_and_dies_of_sigabrt() {
        let said = ["main panics\n", "panic in a function that cannot unwind"];
        assert_says(
            &run("aborts", Unwinds, "panic in extern C", ""),
            SIGABRT,
            &handlers("panic, Some(134)"),
            &said,
        );
        assert_says(&run("aborts_off", Unwinds, "panic in extern C", ""), SIGABRT, "", &said);
        assert_says(&run("aborts_plain", Unwinds, "panic in extern C", ""), SIGABRT, "", &said);
    }

    #[test]
    fn a_handler_whose_panic_reaches_c_does_not_take_the_others_with_it() {
        for name in ["aborts", "aborts_plain"] {
            let said = [
                "the handler panics\n",
                &middle("panicked after _s: its message is above: the panic could not unwind"),
            ];
            let ended = run(name, Unwinds, "std exit", "panic in extern C");
            assert_says(&ended, 0, &handlers("exit, Some(0)"), &said);
        }
    }

    #[test]
    fn std_exit_on_the_exiting_thread_loses_neither_the_rest_nor_the_status() {
        // Under the hook std aborts there, because it is in its own exit already.
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
    fn a_panic_on_a_thread_is_no_end() {
        let stdout = format!("main goes on\n{}", handlers("return, Some(0)"));
        assert_says(
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
fn a_handler_of_the_program_for_sigabrt_is_called_after_the_exit_handlers() {
    // It was put over ours after `main` had begun.
    let ended = program("aborts", Aborts).arg("panic").env("OWN_SIGABRT", "1").run();
    assert_says(&ended, 42, &format!("{}{OWN}", handlers("panic, Some(134)")), &["main panics\n"]);
    let ended = program("aborts", Aborts).arg("panic on a thread").env("OWN_SIGABRT", "1").run();
    assert_says(
        &ended,
        42,
        &format!("{}{OWN}", handlers("panic, Some(134)")),
        &["a thread panics\n"],
    );
    // This one does not ask for its exit handlers to run.
    let ended = program("aborts_plain", Aborts).arg("panic").env("OWN_SIGABRT", "1").run();
    assert_says(&ended, 42, OWN, &["main panics\n"]);
}

#[test]
fn a_handler_of_the_program_for_sigabrt_does_not_hear_of_a_handler_that_panics() {
    for name in ["aborts", "aborts_plain"] {
        let ended =
            program(name, Aborts).arg("std exit").arg("panic").env("OWN_SIGABRT", "1").run();
        assert_says(
            &ended,
            0,
            &handlers("exit, Some(0)"),
            &["the handler panics\nnote", &middle("panicked after _s: the handler panics")],
        );
    }
}

#[test]
fn a_handler_of_the_program_has_sigabrt_alone_where_the_panic_hook_is_replaced_as_well() {
    for hook in ["color-eyre", "own"] {
        let ended =
            program("aborts", Aborts).arg("panic").env("OWN_SIGABRT", "1").env("HOOK", hook).run();
        assert_eq!((ended.code(), ended.stdout.as_str()), (42, OWN), "{ended:#?}");
    }
}
