//! Progress bars that each exit path clears.

use crate::harness::WITHOUT;
use crate::screen::Screen;
use exitmacro_testing::{OnPty, send};
use std::process::Command;

/// What ends the program.
#[derive(Debug, Clone, Copy)]
enum End {
    ByItself,
    Signal,
    CtrlC,
}

/// What a run of the program left behind.
#[derive(Debug)]
struct Seen {
    lines: Vec<String>,
    hides_cursor: bool,
    code: i32,
}

/// What the handlers print.
const LAST: [&str; 2] = ["the printer stops", "the printer has stopped"];

/// Runs the program on a terminal of its own, and ends it when it has drawn both bars.
fn run(exit_path: &str, cleans_up: bool, end: End) -> Seen {
    let mut command = Command::new(env!("CARGO_BIN_EXE_progress"));
    command.arg(exit_path).env("TERM", "xterm");
    if !cleans_up {
        command.env(WITHOUT.0, WITHOUT.1);
    }
    let mut running = OnPty::start(command);
    running.wait_until(|screen| screen.contains("the printer runs") && screen.contains("3/100"));
    match end {
        End::ByItself => {}
        End::Signal => send(running.id(), libc::SIGTERM),
        End::CtrlC => running.type_keys(b"\x03"),
    }
    let shown = running.end();
    let screen = Screen::after(&shown.screen);
    Seen { lines: screen.lines(), hides_cursor: screen.hides_cursor, code: shown.code }
}

#[test]
fn bars_are_cleared_and_the_lines_of_handlers_stay() {
    for (exit_path, code) in [("return", 0), ("exit", 3)] {
        let seen = run(exit_path, true, End::ByItself);
        assert_eq!((seen.code, seen.hides_cursor), (code, false), "{exit_path}: {seen:?}");
        assert_eq!(seen.lines, LAST, "{exit_path}");
    }
}

#[test]
fn all_of_a_panic_message_stays() {
    let seen = run("panic", true, End::ByItself);
    assert_eq!((seen.code, seen.hides_cursor), (101, false), "{seen:?}");
    assert!(seen.lines[0].starts_with("thread 'main'"), "{seen:?}");
    assert_eq!(seen.lines[1], "out of ink");
    assert!(seen.lines[2].starts_with("note: run with `RUST_BACKTRACE=1`"), "{seen:?}");
    assert_eq!(seen.lines[3..], LAST);
}

/// The terminal shows `^C`, and exitmacro prints a line. indicatif does not know of them, and
/// clears other lines than those of the bars: how many pictures of them stay above depends on how
/// soon the handler begins.
#[test]
fn nothing_is_drawn_over_handlers_after_a_signal() {
    for (end, code) in [(End::Signal, 143), (End::CtrlC, 130)] {
        let seen = run("signal", true, end);
        assert_eq!((seen.code, seen.hides_cursor), (code, false), "{end:?}: {seen:?}");
        assert!(seen.lines.ends_with(&LAST.map(str::to_owned)), "{end:?}: {seen:?}");
    }
}

#[test]
fn bars_stay_without_handlers() {
    for (exit_path, end, code) in [("exit", End::ByItself, 3), ("signal", End::Signal, 143)] {
        let seen = run(exit_path, false, end);
        assert_eq!((seen.code, seen.hides_cursor), (code, true), "{exit_path}: {seen:?}");
        assert!(seen.lines.iter().any(|line| line.ends_with("3/100")), "{exit_path}: {seen:?}");
    }
}
