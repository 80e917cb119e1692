//! A menu that a signal or Ctrl-C ends.

use crate::harness::{LIMIT, WITHOUT, send};
use exitmacro_testing::{Deadline, Pty, wait_until};
use std::io::Write;
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

/// What a run of the program left behind.
#[derive(Debug)]
struct Seen {
    screen: String,
    code: Option<i32>,
    is_as_before: bool,
}

impl Seen {
    /// Whether the cursor was shown after it was hidden the last time.
    fn has_cursor(&self) -> bool {
        self.screen.rfind(SHOW) > self.screen.rfind(HIDE)
    }
}

fn run(end: End, cleans_up: bool) -> Seen {
    let pty = Pty::open();
    let before = pty.modes();
    let mut command = Command::new(env!("CARGO_BIN_EXE_menu"));
    exitmacro_testing::prepare(&mut command).env("TERM", "xterm");
    if !cleans_up {
        command.env(WITHOUT.0, WITHOUT.1);
    }
    let mut child = pty.spawn(command);
    let deadline = Deadline::of(&child);
    let (mut user, chunks) = pty.user();
    let mut bytes = Vec::new();
    while !String::from_utf8_lossy(&bytes).contains("cyan") {
        bytes.extend(chunks.recv_timeout(LIMIT).expect("the menu is drawn"));
    }
    wait_until(|| (pty.modes() != before).then_some(())).expect("the menu reads in raw mode");
    match end {
        End::Signal => send(child.id(), libc::SIGTERM),
        End::CtrlC => user.write_all(b"\x03").expect("the terminal takes it"),
        End::Choice => user.write_all(b"j\r").expect("the terminal takes it"),
    }
    let code = child.wait().expect("the program can be waited for").code();
    drop(deadline);
    let is_as_before = pty.modes() == before;
    // The stream ends when no process has the other end.
    drop(pty);
    bytes.extend(chunks.iter().flatten());
    Seen { screen: String::from_utf8_lossy(&bytes).into_owned(), code, is_as_before }
}

#[test]
fn terminal_is_restored_however_the_menu_ends() {
    for (end, code) in [(End::Signal, 143), (End::CtrlC, 130), (End::Choice, 0)] {
        let seen = run(end, true);
        assert_eq!((seen.code, seen.is_as_before), (Some(code), true), "{end:?}: {seen:?}");
        assert!(seen.has_cursor(), "{end:?}: {seen:?}");
    }
    let seen = run(End::Choice, true);
    assert!(seen.screen.contains("printed in cyan"), "{seen:?}");
}

#[test]
fn terminal_stays_as_it_is_without_handlers() {
    let seen = run(End::Signal, false);
    assert_eq!((seen.code, seen.is_as_before, seen.has_cursor()), (Some(143), false, false));
}
