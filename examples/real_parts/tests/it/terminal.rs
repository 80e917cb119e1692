//! A terminal in raw mode with the alternate screen, on a pseudo-terminal.

use crate::harness::{EXIT_PATHS, WITHOUT};
use exitmacro_testing::{OnPty, Shown, send};
use std::process::Command;

const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";
const MESSAGE: &str = "out of ink";

/// Runs the program on a terminal of its own. It gets a SIGTERM when it has drawn.
fn run(exit_path: &str, cleans_up: bool) -> Shown {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terminal"));
    command.arg(exit_path);
    if !cleans_up {
        command.env(WITHOUT.0, WITHOUT.1);
    }
    let mut running = OnPty::start(command);
    running.wait_until(|screen| screen.contains("orders"));
    if exit_path == "signal" {
        assert!(running.has_changed_modes(), "the program waits in raw mode");
        send(running.id(), libc::SIGTERM);
    }
    running.end()
}

#[test]
fn terminal_is_restored_once_on_every_exit_path() {
    for &(exit_path, code) in EXIT_PATHS {
        let seen = run(exit_path, true);
        assert_eq!((seen.code, seen.is_as_before), (code, true), "{exit_path}: {seen:?}");
        assert_eq!((seen.count(ENTER), seen.count(LEAVE)), (1, 1), "{exit_path}: {seen:?}");
        assert!(seen.place("orders") < seen.place(LEAVE), "{exit_path}: {seen:?}");
    }
}

/// In raw mode, a new line would not start at the left.
#[track_caller]
fn check_message_comes_last(seen: &Shown) {
    assert!(seen.place(LEAVE) < seen.place(MESSAGE), "{seen:?}");
    let message = &seen.screen[seen.place(LEAVE)..];
    assert!(message.contains("\r\n") && !message.replace("\r\n", "").contains('\n'), "{seen:?}");
}

#[test]
fn terminal_is_restored_before_the_message_of_a_panic() {
    check_message_comes_last(&run("panic", true));
}

#[test]
fn terminal_is_restored_before_the_error_that_main_returns() {
    let seen = run("error", true);
    assert_eq!((seen.code, seen.count(LEAVE), seen.is_as_before), (1, 1, true), "{seen:?}");
    check_message_comes_last(&seen);
}

#[test]
fn terminal_stays_as_it_is_without_handlers() {
    for (exit_path, code) in [("exit", 3), ("signal", 143)] {
        let seen = run(exit_path, false);
        assert_eq!(
            (seen.code, seen.count(LEAVE), seen.is_as_before),
            (code, 0, false),
            "{exit_path}: {seen:?}"
        );
    }
}
