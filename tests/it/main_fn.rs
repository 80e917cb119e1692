//! `#[exitmacro::main]` and `config!`: what they are put on, and what they change.

use crate::anywhere::assert_anywhere;
use crate::build::{Build, SingleFile};
use crate::harness::{Ended, Scenario, despite_load, panics_abort, scenario};
use std::io::{Read, Write, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

/// What the handlers of `main_fn` and of the programs with a runtime say of the end.
fn handlers(end: &str, thread_local: &str) -> String {
    format!(
        "on the ending thread: {end}, its thread-local is {thread_local}\non exitmacro: {end}\n"
    )
}

/// The message that std prints for a panic in main.
fn panic_message(file: &str) -> String {
    format!(
        "\nthread 'main' (_) panicked at {file}:_:\nmain panics\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n"
    )
}

fn main_fn(way: &str) -> Ended {
    scenario!("main_fn").arg(way).run()
}

mod the_run {
    use super::*;

    #[test]
    fn is_after_the_body_and_before_the_end_of_main() {
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
    fn knows_the_status_of_an_error() {
        let stdout = format!(
            "local dropped\n{}thread-local dropped\n",
            handlers("return, Some(1)", "alive")
        );
        main_fn("error").assert(1, &stdout, "Error: ParseIntError { kind: InvalidDigit }\n");
    }

    #[test]
    fn includes_what_main_registered() {
        let ended = main_fn("register, then return");
        assert_eq!(
            ended.lines().iter().filter(|line| **line == "registered").count(),
            1,
            "{ended:?}"
        );
        assert_eq!(ended.code(), 0);
    }

    #[test]
    fn knows_of_a_panic_which_then_goes_on() {
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
    fn is_not_repeated_after_a_run_by_hand() {
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
    fn is_that_of_the_hook_where_main_does_not_come_to_its_end() {
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
    fn is_before_the_thread_locals_go_where_exitmacro_ends_the_process() {
        main_fn("exitmacro exit").assert(
            5,
            &format!("{}thread-local dropped\n", handlers("exit, Some(5)", "alive")),
            "",
        );
    }

    #[test]
    fn may_begin_on_another_thread() {
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
    fn leaves_the_end_to_main_when_a_handler_exits_while_it_panics() {
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
    fn is_not_that_of_a_thread_that_panics_and_unwinds() {
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
}

mod a_runtime {
    use super::*;

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
    fn below_the_attribute_is_at_work_while_the_handlers_run() {
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
    fn above_the_attribute_is_shut_down_before_the_handlers_run() {
        assert_below("return 7", 7, &ended(MAIN, "return, Some(7)"), "");
        assert_below(
            "error",
            1,
            &ended(MAIN, "return, Some(1)"),
            "Error: ParseIntError { kind: InvalidDigit }\n",
        );
    }

    #[test]
    fn lets_a_panic_through() {
        let message = panic_message("tests/src/bin/main_async/body.rs");
        if panics_abort() {
            assert_ends("panic", -6, &handler(MAIN, "panic, Some(134)", true), &message);
        } else {
            assert_above("panic", 101, &ended(OTHER, "panic, Some(101)"), &message);
            assert_below("panic", 101, &ended(MAIN, "panic, Some(101)"), &message);
        }
    }

    #[test]
    fn may_be_left_by_an_exit() {
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
}

mod the_settings {
    use super::*;

    const LATE: &str = "timed out after _s and was abandoned: its timeout is _s";

    /// What the program says of a handler that misbehaves.
    fn told(program: &str, what: &str) -> String {
        format!(
            "exitmacro: handler `{program}::body::end::{{{{closure}}}}` (tests/src/bin/settings/body.rs:_) {what}\n"
        )
    }

    /// A program, how it is started, and the reason of the handlers when `main` returns and when it
    /// panics.
    type Program = (&'static str, fn() -> Scenario, [&'static str; 2]);

    fn programs() -> [Program; 3] {
        [
            ("settings_by_main", || scenario!("settings_by_main"), ["return", "panic"]),
            ("settings_by_async_main", || scenario!("settings_by_async_main"), ["return", "panic"]),
            ("settings_by_config", || scenario!("settings_by_config"), ["exit", "exit"]),
        ]
    }

    const MISBEHAVING: [(&str, &str); 3] = [
        ("failing", "failed after _s: no luck"),
        ("panicking", "panicked after _s: no luck"),
        ("stuck", LATE),
    ];

    #[test]
    fn turn_success_into_failure_when_a_handler_fails() {
        for (program, scenario, [returned, _]) in programs() {
            for (handler, line) in MISBEHAVING {
                // What the panic says is known only where it unwinds, or where the hook of the
                // program has not taken the place of ours.
                let line = if panics_abort() && handler == "panicking" {
                    continue;
                } else {
                    told(program, line)
                };
                for (way, reason) in
                    [("return", returned), ("std exit", "exit"), ("exitmacro exit", "exit")]
                {
                    let ended = scenario().arg(handler).arg(way).run();
                    assert_anywhere(&ended, 3, &format!("last: {reason}, Some(0)\n"), &line);
                }
            }
        }
    }

    #[test]
    fn leave_a_failure_as_it_is() {
        for (program, scenario, [returned, _]) in programs() {
            for (way, reason) in [("return 7", returned), ("std exit 7", "exit")] {
                let ended = scenario().arg("failing").arg(way).run();
                assert_anywhere(
                    &ended,
                    7,
                    &format!("last: {reason}, Some(7)\n"),
                    &told(program, "failed after _s: no luck"),
                );
            }
        }
    }

    #[test]
    fn leave_the_status_of_a_panic_as_it_is() {
        if !panics_abort() {
            for (program, scenario, [_, panicked]) in programs() {
                let ended = scenario().arg("failing").arg("panic").run();
                assert_anywhere(
                    &ended,
                    101,
                    &format!("last: {panicked}, Some(101)\n"),
                    &told(program, "failed after _s: no luck"),
                );
            }
        }
    }

    #[test]
    fn leave_the_status_of_a_signal_as_it_is() {
        for (program, scenario, _) in programs() {
            scenario().arg("good").arg("signal").run().assert(
                143,
                "last: SIGTERM, Some(143)\n",
                "",
            );
            for (handler, line) in [("failing", "failed after _s: no luck"), ("stuck", LATE)] {
                let ended = scenario().arg(handler).arg("signal").run();
                assert_anywhere(&ended, 143, "last: SIGTERM, Some(143)\n", &told(program, line));
            }
        }
    }

    #[test]
    fn leave_the_success_of_a_signal_as_it_is() {
        let ended = Scenario::of(
            &SingleFile::new("main_fn/exit_zero.rs", "2024")
                .naming_exitmacro("exitmacro")
                .program(),
        )
        .run();
        assert_anywhere(
            &ended,
            0,
            "SIGTERM, Some(0)\n",
            "exitmacro: handler `exit_zero::fails` (main_fn/exit_zero.rs:_) failed after _s: no luck\n",
        );
    }

    #[test]
    fn change_nothing_when_all_is_well() {
        for (_, scenario, [returned, _]) in programs() {
            scenario().arg("good").arg("return").run().assert(
                0,
                &format!("last: {returned}, Some(0)\n"),
                "",
            );
        }
    }

    #[test]
    fn give_a_timeout_to_handlers_that_say_nothing_of_one() {
        for (_, scenario, _) in programs() {
            for (handler, timeout) in [("good", "200ms"), ("asking", "60s")] {
                let ended = scenario().arg(handler).arg("plan").run();
                let timeouts: Vec<_> = ended
                    .lines()
                    .iter()
                    .filter_map(|line| {
                        line.strip_suffix("registered").or(line.strip_suffix("declared"))
                    })
                    .map(str::trim_end)
                    .collect();
                assert!(
                    timeouts[0].ends_with(&format!(" {timeout}"))
                        && timeouts[1].ends_with(" 200ms"),
                    "{ended:?}"
                );
            }
        }
    }

    #[test]
    fn bound_the_run() {
        despite_load(bound_the_run_once);
    }

    fn bound_the_run_once() {
        // At the same time, because it takes as long as the budget but a tenth: a second is left
        // for the last handler, also on a busy machine.
        let started = programs().map(|(_, scenario, [returned, _])| {
            (scenario().arg("patient").arg("return").start(), returned)
        });
        for (running, returned) in started {
            let ended = running.end();
            let stderr = "exitmacro: handler `patient` (tests/src/bin/settings/body.rs:_) timed out after _s and was abandoned: its share of the budget was _s, of _s left\n";
            assert_anywhere(&ended, 3, &format!("last: {returned}, Some(0)\n"), stderr);
            assert!(ended.took >= Duration::from_millis(7_200), "{ended:?}");
        }
    }

    #[test]
    fn yield_to_the_environment() {
        for (_, scenario, [returned, _]) in programs() {
            let asking = |budget: &str| {
                scenario().arg("asking").arg("return").env("EXITMACRO_BUDGET", budget).run()
            };
            for (budget, more) in [("40s", true), ("1s", false)] {
                asking(budget).assert(
                    0,
                    &format!(
                        "more time than the program says: {more}\nlast: {returned}, Some(0)\n"
                    ),
                    "",
                );
            }
        }
    }
}

/// Compiles the fixture in one of its shapes.
fn shape(shape: &str) -> Ended {
    let program = SingleFile::new("main_fn/shapes.rs", "2024")
        .naming_exitmacro("exitmacro")
        .arg("--check-cfg=cfg(shape, values(any()))");
    Scenario::of(&program.arg(&format!("--cfg=shape=\"{shape}\"")).program()).run()
}

#[test]
fn whatever_main_may_return_is_accepted() {
    // One after the other: they are compiled to the same place.
    for (name, code, stderr) in [
        ("unit", 0, ""),
        ("result", 1, "Error: ParseIntError { kind: InvalidDigit }\n"),
        ("result of nothing", 0, ""),
        ("exit code", 9, ""),
        ("impl", 11, ""),
        ("own", 12, "reported\n"),
        ("boxed", 1, "Error: \"no luck\"\n"),
    ] {
        println!("{name}");
        shape(name).assert(code, &format!("return, Some({code})\n"), stderr);
    }
    shape("never").assert(13, "exit, Some(13)\n", "");
    shape("infallible").assert(14, "exit, Some(14)\n", "");
}

/// How the program that returns an error is started.
fn errors(way: &str) -> Scenario {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| {
        SingleFile::new("main_fn/errors.rs", "2024").naming_exitmacro("exitmacro").program()
    });
    Scenario::of(program).arg(way)
}

/// std prints it when `main` has returned. Where `main` does not return to std, it is printed all
/// the same, and once.
mod an_error {
    use super::*;

    #[test]
    fn is_printed_after_the_handlers() {
        errors("order").run().assert(1, "", "handler\nError: \"no luck\"\n");
    }

    #[test]
    fn is_printed_when_a_handler_sets_another_status() {
        errors("another status").run().assert(9, "", "Error: \"no luck\"\n");
    }

    #[test]
    fn is_printed_when_the_budget_is_used_up() {
        let ended = errors("budget").env("EXITMACRO_BUDGET", "200ms").run();
        assert_eq!(
            (ended.code(), ended.stderr.matches("Error: \"no luck\"\n").count()),
            (1, 1),
            "{ended:?}"
        );
    }

    #[test]
    fn is_printed_when_another_thread_ends_the_process() {
        errors("another thread").run().assert(3, "", "Error: \"no luck\"\n");
    }

    #[test]
    fn is_waited_for_by_a_thread_that_ends_the_process_in_place_of_main() {
        for (way, code) in [
            ("a handler exits", 9),
            ("a handler exits after an abandoned one", 9),
            ("a thread exits", 1),
        ] {
            let ended = errors(way).run();
            let told: Vec<&str> =
                ended.stderr.lines().filter(|line| !line.contains("was abandoned")).collect();
            assert_eq!((ended.code(), told), (code, vec!["Error: in the end"]), "{way}: {ended:?}");
        }
        let ended = errors("a handler exits when the budget is used up")
            .env("EXITMACRO_BUDGET", "1s")
            .run();
        assert!(ended.code() == 1 && ended.stderr.ends_with("Error: in the end\n"), "{ended:?}");
    }

    #[test]
    fn is_waited_for_while_std_prints_it() {
        errors("a thread exits while std prints").run().assert(1, "", "Error: in time\n");
    }

    #[test]
    fn is_waited_for_when_it_is_left_to_std_meanwhile() {
        // std has a quarter of a second for it.
        despite_load(|| {
            errors("a thread exits before std prints").run().assert(1, "", "Error: in a moment\n")
        });
    }

    #[test]
    fn is_printed_by_another_thread_when_its_own_hangs_in_a_handler() {
        // Once, though in the second program two threads find it out.
        for (way, code) in [
            ("a handler hangs on the thread of main", 1),
            ("a handler exits, and one hangs on the thread of main", 9),
        ] {
            let ended = errors(way).run();
            assert!(
                ended.code() == code
                    && ended.stderr.ends_with("Error: \"no luck\"\n")
                    && ended.stderr.lines().count() == 2,
                "{way}: {ended:?}"
            );
        }
    }

    #[test]
    fn is_said_to_be_lost_when_it_is_not_put_into_words_in_time() {
        let lost = "exitmacro: `main` returned an error that could not be printed: its thread did not return from the exit handlers\n";
        errors("a handler exits, and the error is endless").run().assert(9, "", lost);
    }

    #[test]
    fn is_waited_for_no_longer_than_it_takes() {
        despite_load(|| {
            let ended = errors("a handler exits").run();
            assert!(ended.code() == 9 && ended.took < Duration::from_millis(2500), "{ended:?}");
        });
    }

    #[test]
    fn is_printed_where_handlers_are_awaited() {
        let program = SingleFile::new("main_fn/errors_awaited.rs", "2024")
            .naming_tokio_and_exitmacro()
            .program();
        let run = |way: &str| Scenario::of(&program).arg(way).run();
        run("order").assert(1, "", "handler\nError: \"no luck\"\n");
        run("another status").assert(9, "", "Error: \"no luck\"\n");
        // One that panics when it is shown changes nothing for the handlers.
        let ended = run("silent");
        assert!(
            ended.stdout == "return, Some(1)\n" && ended.stderr.contains("not shown"),
            "{ended:?}"
        );
        let ended = run("abandoned");
        assert_eq!(
            (ended.code(), ended.stderr.matches("Error: \"no luck\"\n").count()),
            (1, 1),
            "{ended:?}"
        );
    }

    #[test]
    fn is_printed_when_a_signal_had_asked_for_the_end() {
        let mut running = errors("signal").start();
        running.wait_for("ready");
        running.signal(libc::SIGTERM);
        running.end().assert(1, "ready\n", "handler\nError: \"no luck\"\n");
        let mut running = errors("signal and another thread").start();
        running.wait_for("ready");
        running.signal(libc::SIGTERM);
        running.end().assert(3, "ready\n", "Error: \"no luck\"\n");
    }

    #[test]
    fn is_printed_in_one_piece() {
        let (ours, its) = UnixDatagram::pair().unwrap();
        let ended = errors("counted, another status")
            .with(|command| _ = command.stderr(OwnedFd::from(its)))
            .run();
        let mut piece = [0; 256];
        let length = ours.recv(&mut piece).unwrap();
        assert_eq!(
            str::from_utf8(&piece[..length]),
            Ok("Error: shown 1\n  because it was asked for\n"),
            "{ended:?}"
        );
    }

    #[test]
    fn is_printed_though_stderr_is_held_for_ever() {
        for (way, code) in [
            ("a handler holds stderr", 1),
            ("a handler holds stderr, another status", 9),
            ("a thread holds stderr", 1),
        ] {
            let ended = errors(way).run();
            assert!(
                ended.code() == code && ended.stderr.ends_with("Error: \"no luck\"\n"),
                "{way}: {ended:?}"
            );
            assert_eq!(ended.stderr.matches("Error: ").count(), 1, "{way}: {ended:?}");
        }
    }

    #[test]
    fn is_printed_though_stderr_is_held_since_a_run_by_hand() {
        let ended = errors("a handler of a run by hand holds stderr").run();
        assert!(
            ended.stderr.ends_with("was abandoned: its timeout is 500ms\nError: \"no luck\"\n"),
            "{ended:?}"
        );
        assert_eq!((ended.code(), ended.stdout.as_str()), (1, "ran 1"), "{ended:?}");
    }

    #[test]
    fn is_given_up_when_stderr_is_full() {
        let (_reader, writer) = crate::unread_stderr::full_pipe();
        errors("full stderr").with(|command| _ = command.stderr(writer)).run().assert(
            1,
            "handler\n",
            "",
        );
    }

    #[test]
    fn is_given_up_when_it_is_longer_than_the_room_that_an_unread_stderr_has() {
        let (reader, writer) = pipe().expect("a pipe opens");
        // Fifteen of sixteen pages.
        (&writer).write_all(&[b'.'; 15 * 4096]).expect("the pipe has room");
        let ended = errors("long").with(|command| _ = command.stderr(writer)).run();
        ended.assert(1, "handler\n", "");
        drop(reader);
    }

    #[test]
    fn is_printed_whole_when_a_slow_reader_comes_in_time() {
        let (mut reader, writer) = pipe().expect("a pipe opens");
        (&writer).write_all(&[b'.'; 15 * 4096]).expect("the pipe has room");
        let running = errors("long").with(|command| _ = command.stderr(writer)).start();
        let mut read = String::new();
        reader.read_to_string(&mut read).expect("the pipe is read");
        running.end().assert(1, "handler\n", "");
        assert_eq!(read.trim_start_matches('.'), format!("Error: \"{}\"\n", "x".repeat(10_000)));
    }

    #[test]
    fn is_put_into_words_once() {
        for (way, code) in [("counted", 1), ("counted, another status", 9)] {
            errors(way).run().assert(code, "", "Error: shown 1\n  because it was asked for\n");
        }
    }

    #[test]
    fn is_asked_for_its_words_by_std_alone() {
        let ended = errors("silent").run();
        assert_eq!(ended.stderr.matches("not shown, ").count(), 1, "{ended:?}");
        assert!(ended.stderr.contains("not shown, 1"), "{ended:?}");
    }

    #[test]
    fn that_panics_when_it_is_shown_changes_nothing_else() {
        let ended = errors("silent, another status").run();
        assert_eq!(
            (ended.code(), ended.stderr.matches("not shown, ").count()),
            (9, 1),
            "{ended:?}"
        );
    }
}

/// A `main` counts when it begins on the main thread of the process, and the first one alone.
mod several_mains {
    use super::*;

    fn several(which: &str) -> Ended {
        static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
        let program = PROGRAM.get_or_init(|| {
            SingleFile::new("main_fn/several_mains.rs", "2024")
                .naming_tokio_and_exitmacro()
                .program()
        });
        Scenario::of(program).arg(which).run()
    }

    #[test]
    fn do_not_count_before_one_begins() {
        several("none").assert(0, "none: 10s\nthe program goes on\nhandler: exit, Some(0)\n", "");
    }

    #[test]
    fn keep_their_types_and_return_to_their_callers() {
        several("one").assert(0, "one: 1s\nhandler: return, Some(0)\nthe program goes on\n", "");
        several("three").assert(1, "three: 3s\nhandler: return, Some(1)\n", "Error: \"no luck\"\n");
    }

    #[test]
    fn are_functions_inside_the_first_one() {
        several("two").assert(7, "two: 2s\none: 2s\ntwo goes on\nhandler: return, Some(7)\n", "");
        several("four").assert(0, "three: 4s\nfour: 4s, Err(\"no luck\")\nhandler: return, Some(0)\nthe program goes on\n", "");
    }

    #[test]
    fn are_functions_when_they_are_called_again() {
        several("again").assert(0, "five\nfive\nthe inner five has ended: true\nhandler: return, Some(0)\nthe program goes on\n", "");
    }

    #[test]
    fn are_functions_on_other_threads() {
        several("on a thread").assert(
            0,
            "one: 10s\nthe program goes on\nhandler: exit, Some(0)\n",
            "",
        );
    }

    #[test]
    fn of_examples_in_the_documentation_may_share_a_program() {
        let said = SingleFile::doctests("main_fn/documented.rs", "2024");
        assert!(said.contains("test result: ok. 2 passed"), "{said}");
    }
}

mod two_configurations {
    use super::*;

    /// `first` and `second` are the two places.
    #[track_caller]
    fn assert_refused(ended: &Ended, first: &str, second: &str) {
        ended.assert(1, "", &format!("exitmacro: the end of this program is configured twice, at {first} and at {second}: keep one\n"));
    }

    #[test]
    fn of_one_crate_keep_it_from_starting() {
        let program = SingleFile::new("main_fn/configured_twice.rs", "2024")
            .naming_exitmacro("exitmacro")
            .program();
        assert_refused(
            &Scenario::of(&program).run(),
            "main_fn/configured_twice.rs:3",
            "main_fn/configured_twice.rs:11",
        );
    }

    #[test]
    fn of_a_program_and_a_library_keep_it_from_starting() {
        let library = SingleFile::new("main_fn/configured_library.rs", "2024")
            .naming_exitmacro("exitmacro")
            .library();
        let program = SingleFile::new("main_fn/user_of_configured_library.rs", "2024")
            .naming_exitmacro("exitmacro");
        let ended = Scenario::of(&program.naming("configured_library", &library).program()).run();
        assert_refused(
            &ended,
            "main_fn/configured_library.rs:3",
            "main_fn/user_of_configured_library.rs:12",
        );
    }
}

mod test_programs {
    use super::*;

    #[test]
    fn have_a_configuration_of_their_own() {
        let program = Build::debug().tests("configured");
        let ended = Scenario::of(&program)
            .with(|command| _ = command.args(["--quiet", "--test-threads=1"]))
            .run();
        assert!(ended.stdout.ends_with("\nthe handler fails, Some(0)\n"), "{ended:?}");
        assert!(ended.stdout.contains("test result: ok. 2 passed"), "{ended:?}");
        // By the configuration of the tests: they passed.
        assert_eq!(ended.code(), 4, "{ended:?}");
    }

    #[test]
    fn that_bring_their_own_harness_have_the_configuration_of_their_main() {
        let program = SingleFile::new("main_fn/own_harness.rs", "2024")
            .naming_exitmacro("exitmacro")
            .arg("--cfg=test")
            .program();
        let failed = "exitmacro: handler `own_harness::fails` (main_fn/own_harness.rs:_) failed after _s: no luck\n";
        assert_anywhere(&Scenario::of(&program).run(), 5, "timeout: 3s\nreturn, Some(0)\n", failed);
    }

    #[test]
    fn leave_the_program_that_they_test_as_it_is() {
        let ended = Scenario::of(&Build::debug().program("configured")).run();
        assert_anywhere(
            &ended,
            5,
            "timeout: 3s\nthe handler fails, Some(0)\n",
            "exitmacro: handler `configured::fails` (configured/src/main.rs:_) failed after _s: no luck\n",
        );
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod shared_objects {
    use super::*;

    #[test]
    fn are_configured_for_themselves() {
        let plugin = Build::debug().shared_object("configured_plugin");
        let ended = Scenario::of(&Build::debug().program("host")).arg(plugin).arg("close").run();
        // A plugin that handles signals stays when it is closed: the system calls into it.
        let stdout = "plugin: timeout 3s\nhost: closing\nhost: closed, 0\nplugin: unload\n";
        // A program's status is its own affair, whatever the plugin says about its failures.
        assert_anywhere(
            &ended,
            5,
            stdout,
            "exitmacro: handler `configured_plugin::fails` (configured_plugin/src/lib.rs:_) failed after _s: no luck\n",
        );
    }

    #[test]
    fn may_handle_signals_for_a_host_that_does_not() {
        let plugin = Build::debug().shared_object("configured_plugin");
        let ended = Scenario::of(&Build::debug().program("host"))
            .arg(plugin)
            .arg("close")
            .env("PLUGIN_SENDS", "SIGTERM")
            .run();
        let stdout = "plugin: timeout 3s\nplugin: SIGTERM\n";
        assert_anywhere(
            &ended,
            143,
            stdout,
            "exitmacro: handler `configured_plugin::fails` (configured_plugin/src/lib.rs:_) failed after _s: no luck\n",
        );
    }
}
