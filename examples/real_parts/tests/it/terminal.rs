//! A terminal in raw mode with the alternate screen, on a pseudo-terminal.

use crate::harness::{EXIT_PATHS, LIMIT, WITHOUT, send};
use exitmacro_testing::{Deadline, Pty};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";
const MESSAGE: &str = "out of ink";

/// What a run of the program left behind.
#[derive(Debug)]
struct Seen {
    screen: String,
    code: i32,
    is_as_before: bool,
}

impl Seen {
    fn count(&self, text: &str) -> usize {
        self.screen.matches(text).count()
    }

    #[track_caller]
    fn place(&self, text: &str) -> usize {
        self.screen.find(text).unwrap_or_else(|| panic!("no {text:?}: {self:?}"))
    }
}

/// Runs the program on a terminal of its own. It gets a SIGTERM when it has drawn.
fn run(exit_path: &str, cleans_up: bool) -> Seen {
    let pty = Pty::open();
    let before = pty.modes();
    let mut command = Command::new(env!("CARGO_BIN_EXE_terminal"));
    exitmacro_testing::prepare(&mut command).arg(exit_path);
    if !cleans_up {
        command.env(WITHOUT.0, WITHOUT.1);
    }
    let mut child = pty.spawn(command);
    let deadline = Deadline::of(&child);

    let (_user, chunks) = pty.user();
    let mut bytes = Vec::new();
    while !String::from_utf8_lossy(&bytes).contains("orders") {
        bytes.extend(
            chunks
                .recv_timeout(LIMIT)
                .unwrap_or_else(|_| panic!("nothing drawn: {}", String::from_utf8_lossy(&bytes))),
        );
    }
    if exit_path == "signal" {
        assert_ne!(pty.modes(), before, "the program waits in raw mode");
        send(child.id(), libc::SIGTERM);
    }
    let status = child.wait().expect("the program can be waited for");
    drop(deadline);
    let is_as_before = pty.modes() == before;
    // The stream ends when no process has the other end.
    drop(pty);
    bytes.extend(chunks.iter().flatten());
    let code = status
        .code()
        .unwrap_or_else(|| -status.signal().expect("a process ends by a status or by a signal"));
    Seen { screen: String::from_utf8_lossy(&bytes).into_owned(), code, is_as_before }
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
fn check_message_comes_last(seen: &Seen) {
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
