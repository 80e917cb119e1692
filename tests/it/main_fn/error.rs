//! std prints an error of `main` when `main` has returned. Where `main` does not return to std, the
//! error is printed once all the same.

use crate::support::{Scenario, SingleFile, despite_load, full_pipe, scenario};
use exitmacro_testing::Deadline;
use std::io::{Read, Write, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

/// The program that returns an error, in the case `case`.
fn errors(exit_path: &str) -> Scenario {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| {
        SingleFile::new("main_fn/errors.rs", "2024").naming_exitmacro("exitmacro").program()
    });
    Scenario::of(program).arg(exit_path)
}

#[test]
fn an_error_is_printed_after_the_handlers() {
    errors("order").run().assert(1, "", "handler\nError: \"no luck\"\n");
}

#[test]
fn an_error_is_printed_when_a_handler_sets_another_status() {
    errors("another status").run().assert(9, "", "Error: \"no luck\"\n");
}

#[test]
fn an_error_is_printed_when_the_budget_is_used_up() {
    let ended = errors("budget").env("EXITMACRO_BUDGET", "200ms").run();
    assert_eq!(
        (ended.code(), ended.stderr.matches("Error: \"no luck\"\n").count()),
        (1, 1),
        "{ended:?}"
    );
}

#[test]
fn an_error_is_printed_when_another_thread_ends_the_process() {
    errors("another thread").run().assert(3, "", "Error: \"no luck\"\n");
}

#[test]
fn an_error_is_printed_when_another_thread_ends_the_process_before_main_does() {
    scenario!("overtaken_main").run().assert(3, "", "Error: \"no luck\"\n");
    scenario!("overtaken_main").arg("asked").run().assert(3, "", "Error: \"no luck\"\n");
}

#[test]
fn an_error_is_waited_for_by_a_thread_that_ends_the_process_in_place_of_main() {
    for (exit_path, code) in [
        ("a handler exits", 9),
        ("a handler exits after an abandoned one", 9),
        ("a thread exits", 1),
    ] {
        let ended = errors(exit_path).run();
        let lines: Vec<&str> =
            ended.stderr.lines().filter(|line| !line.contains("was abandoned")).collect();
        assert_eq!(
            (ended.code(), lines),
            (code, vec!["Error: in the end"]),
            "{exit_path}: {ended:?}"
        );
    }
    let ended =
        errors("a handler exits when the budget is used up").env("EXITMACRO_BUDGET", "1s").run();
    assert!(ended.code() == 1 && ended.stderr.ends_with("Error: in the end\n"), "{ended:?}");
}

#[test]
fn an_error_is_waited_for_while_std_prints_it() {
    errors("a thread exits while std prints").run().assert(1, "", "Error: in time\n");
}

#[test]
fn an_error_is_waited_for_when_it_is_left_to_std_meanwhile() {
    // std has a quarter of a second for it.
    despite_load(|| {
        errors("a thread exits before std prints").run().assert(1, "", "Error: in a moment\n")
    });
}

#[test]
fn another_thread_prints_the_error_when_its_own_hangs_in_a_handler() {
    // Once, although two threads detect it in the second program.
    for (case, code) in [
        ("a handler hangs on the thread of main", 1),
        ("a handler exits, and one hangs on the thread of main", 9),
    ] {
        let ended = errors(case).run();
        assert!(
            ended.code() == code
                && ended.stderr.ends_with("Error: \"no luck\"\n")
                && ended.stderr.lines().count() == 2,
            "{case}: {ended:?}"
        );
    }
}

#[test]
fn an_error_that_is_not_formatted_in_time_is_reported_lost() {
    let lost = "exitmacro: `main` returned an error that could not be printed: \
                its thread did not return from the exit handlers\n";
    errors("a handler exits, and the error is endless").run().assert(9, "", lost);
}

#[test]
fn an_error_is_waited_for_no_longer_than_it_takes() {
    despite_load(|| {
        let ended = errors("a handler exits").run();
        assert!(ended.code() == 9 && ended.took < Duration::from_millis(2500), "{ended:?}");
    });
}

#[test]
fn an_error_is_printed_where_handlers_are_awaited() {
    let program =
        SingleFile::new("main_fn/errors_awaited.rs", "2024").naming_tokio_and_exitmacro().program();
    let run = |exit_path: &str| Scenario::of(&program).arg(exit_path).run();
    run("order").assert(1, "", "handler\nError: \"no luck\"\n");
    run("another status").assert(9, "", "Error: \"no luck\"\n");
    // Another thread ends the process while the runtime drops.
    for end in ["exitmacro exit", "std exit", "signal"] {
        run(&format!("runtime drops, {end}")).assert(1, "", "handler\nError: \"no luck\"\n");
    }
    run("runtime drops, request").assert(1, "counts: false\n", "handler\nError: \"no luck\"\n");
    // An error that panics when it is formatted changes nothing for the handlers.
    let ended = run("silent");
    assert!(ended.stdout == "return, Some(1)\n" && ended.stderr.contains("not shown"), "{ended:?}");
    let ended = run("abandoned");
    assert_eq!(
        (ended.code(), ended.stderr.matches("Error: \"no luck\"\n").count()),
        (1, 1),
        "{ended:?}"
    );
}

#[test]
fn an_error_is_printed_after_a_signal_asked_for_the_end() {
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
fn an_error_is_printed_in_one_piece() {
    let (ours, its) = UnixDatagram::pair().unwrap();
    let ended = errors("counted, another status").stderr(OwnedFd::from(its)).run();
    ours.set_nonblocking(true).unwrap();
    let mut piece = [0; 256];
    let length = ours.recv(&mut piece).unwrap();
    assert_eq!(
        str::from_utf8(&piece[..length]),
        Ok("Error: shown 1\n  because it was asked for\n"),
        "{ended:?}"
    );
}

#[test]
fn an_error_is_printed_though_stderr_is_held_for_ever() {
    for (exit_path, code) in [
        ("a handler holds stderr", 1),
        ("a handler holds stderr, another status", 9),
        ("a thread holds stderr", 1),
    ] {
        let ended = errors(exit_path).run();
        assert!(
            ended.code() == code && ended.stderr.ends_with("Error: \"no luck\"\n"),
            "{exit_path}: {ended:?}"
        );
        assert_eq!(ended.stderr.matches("Error: ").count(), 1, "{exit_path}: {ended:?}");
    }
}

#[test]
fn an_error_is_printed_though_stderr_is_held_since_a_run_by_hand() {
    let ended = errors("a handler of a run by hand holds stderr").run();
    assert!(
        ended.stderr.ends_with("was abandoned: its timeout is 500ms\nError: \"no luck\"\n"),
        "{ended:?}"
    );
    assert_eq!((ended.code(), ended.stdout.as_str()), (1, "ran 1"), "{ended:?}");
}

#[test]
fn an_error_is_dropped_when_stderr_is_full() {
    let (_reader, writer) = full_pipe();
    errors("full stderr").stderr(writer).run().assert(1, "handler\n", "");
}

#[test]
fn an_error_is_dropped_when_it_does_not_fit_into_an_unread_stderr() {
    let (reader, writer) = pipe().expect("a pipe opens");
    // Fifteen of sixteen pages.
    (&writer).write_all(&[b'.'; 15 * 4096]).expect("the pipe has room");
    let ended = errors("long").stderr(writer).run();
    ended.assert(1, "handler\n", "");
    drop(reader);
}

#[test]
fn an_error_is_printed_whole_when_a_slow_reader_comes_in_time() {
    let (mut reader, writer) = pipe().expect("a pipe opens");
    (&writer).write_all(&[b'.'; 15 * 4096]).expect("the pipe has room");
    let running = errors("long").stderr(writer).start();
    let deadline = Deadline::of(&running.child);
    let mut read = String::new();
    reader.read_to_string(&mut read).expect("the pipe is read");
    drop(deadline);
    running.end().assert(1, "handler\n", "");
    assert_eq!(read.trim_start_matches('.'), format!("Error: \"{}\"\n", "x".repeat(10_000)));
}

#[test]
fn an_error_is_formatted_once() {
    for (exit_path, code) in [("counted", 1), ("counted, another status", 9)] {
        errors(exit_path).run().assert(code, "", "Error: shown 1\n  because it was asked for\n");
    }
}

#[test]
fn a_panicking_error_is_formatted_by_std_alone() {
    let ended = errors("silent").run();
    assert_eq!(ended.stderr.matches("not shown, ").count(), 1, "{ended:?}");
    assert!(ended.stderr.contains("not shown, 1"), "{ended:?}");
}

#[test]
fn an_error_that_panics_when_it_is_shown_changes_nothing_else() {
    let ended = errors("silent, another status").run();
    assert_eq!((ended.code(), ended.stderr.matches("not shown, ").count()), (9, 1), "{ended:?}");
}
