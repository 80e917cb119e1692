//! A menu that a signal or Ctrl-C ends.

use crate::harness::WITHOUT;
use exitmacro_testing::{OnPty, Shown, send, wait_until};
use std::process::Command;

const HIDE: &str = "\x1b[?25l";
const SHOW: &str = "\x1b[?25h";

/// How the user ends the program.
#[derive(Debug, Clone, Copy)]
enum End {
    Signal,
    CtrlC,
    Choice,
}

/// Whether the cursor was shown after it was hidden the last time.
fn has_cursor(seen: &Shown) -> bool {
    seen.screen.rfind(SHOW) > seen.screen.rfind(HIDE)
}

fn run(end: End, cleans_up: bool) -> Shown {
    let mut command = Command::new(env!("CARGO_BIN_EXE_menu"));
    command.env("TERM", "xterm");
    if !cleans_up {
        command.env(WITHOUT.0, WITHOUT.1);
    }
    let mut running = OnPty::start(command);
    running.wait_until(|screen| screen.contains("cyan"));
    wait_until(|| running.has_changed_modes().then_some(())).expect("the menu reads in raw mode");
    match end {
        End::Signal => send(running.id(), libc::SIGTERM),
        End::CtrlC => running.type_keys(b"\x03"),
        End::Choice => running.type_keys(b"j\r"),
    }
    running.end()
}

#[test]
fn terminal_is_restored_however_the_menu_ends() {
    for (end, code) in [(End::Signal, 143), (End::CtrlC, 130), (End::Choice, 0)] {
        let seen = run(end, true);
        assert_eq!((seen.code, seen.is_as_before), (code, true), "{end:?}: {seen:?}");
        assert!(has_cursor(&seen), "{end:?}: {seen:?}");
    }
    let seen = run(End::Choice, true);
    assert!(seen.screen.contains("printed in cyan"), "{seen:?}");
}

#[test]
fn terminal_stays_as_it_is_without_handlers() {
    let seen = run(End::Signal, false);
    assert_eq!((seen.code, seen.is_as_before, has_cursor(&seen)), (143, false, false));
}
