//! What each way out leaves on the terminal.

use super::{LATER, LEAVE, RESET, drawn, panics, shown_panic, terminal, with_ratatui};
use crate::support::{panic_message, panics_abort};
use std::thread;
use std::time::Duration;

#[test]
fn the_end_of_the_scope_restores_it() {
    drawn(terminal("scope")).ends(0, &format!("{LEAVE}{RESET}after the scope\r\n{LATER}"));
}

#[test]
fn it_can_be_asked_for_again_and_stays_open_once() {
    let drawn = drawn(terminal("again"));
    let (modes, found) = (drawn.program.modes(), drawn.found);
    let (terminal, code, _) = drawn.program.end();
    assert_eq!((code, modes()), (0, found));
    let ends: Vec<_> = terminal.0.split("drawn").skip(1).collect();
    assert!(ends[0].starts_with(&format!("{LEAVE}{RESET}1 more")), "{ends:?}");
    assert_eq!(ends[1..], [format!("{LEAVE}{RESET}0 more{LATER}")]);
}

#[test]
fn what_was_typed_in_raw_mode_is_not_left_to_the_shell() {
    let mut drawn = drawn(terminal("typed"));
    b"x\n".iter().for_each(|&key| drawn.program.type_key(key));
    drawn.ends(0, &format!("{LEAVE}{RESET}0 unread{LATER}"));
}

#[test]
fn an_error_of_main_is_readable() {
    let expected = format!("{LEAVE}{RESET}{LATER}Error: \"out of ink\"\r\n");
    drawn(terminal("error")).ends(1, &expected);
}

#[test]
fn an_exit_restores_it() {
    for case in ["exit", "process exit", "process exit in a thread"] {
        drawn(terminal(case)).ends(3, &format!("{LEAVE}{RESET}{LATER}"));
    }
}

#[test]
fn it_is_restored_before_the_message_of_a_panic() {
    let message = shown_panic("main", "terminal/cases");
    panics(terminal("panic"), &format!("{LEAVE}{RESET}{message}{LATER}"));
}

#[test]
fn a_later_handle_restores_it_before_a_hook_that_was_set_meanwhile() {
    let expected = format!("{LEAVE}{RESET}hook of the program\r\n{LATER}");
    panics(terminal("panic after another hook"), &expected);
}

#[test]
fn a_program_that_catches_panics_keeps_its_screen() {
    let message = panic_message("main", "terminal/cases", "out of ink");
    panics(terminal("panic, never"), &format!("{message}{LEAVE}{RESET}{LATER}"));
}

#[test]
fn a_panic_in_another_thread_leaves_the_screen_to_the_program() {
    if panics_abort() {
        let message = shown_panic("worker", "terminal/cases");
        return panics(terminal("panic in a thread"), &format!("{LEAVE}{RESET}{message}{LATER}"));
    }
    let message = panic_message("worker", "terminal/cases", "out of ink");
    let expected = format!("{message}goes on{LEAVE}{RESET}{LATER}");
    drawn(terminal("panic in a thread")).ends(0, &expected);
}

#[test]
fn a_panic_in_any_thread_restores_it_where_that_is_asked_for() {
    let message = shown_panic("worker", "terminal/cases");
    let case = terminal("panic in a thread, any");
    if panics_abort() {
        return panics(case, &format!("{LEAVE}{RESET}{message}{LATER}"));
    }
    drawn(case).ends(0, &format!("{LEAVE}{RESET}{message}goes on{LATER}"));
}

#[test]
fn a_signal_restores_it() {
    let drawn = drawn(terminal("signal"));
    drawn.signal(libc::SIGTERM);
    drawn.ends(143, &format!("{LEAVE}{RESET}{LATER}"));
}

/// Within this time, the same signal belongs to the same request.
const ONE_REQUEST: Duration = Duration::from_millis(300);

/// A second signal comes while a handler is stuck. The program prints this before the line.
#[track_caller]
fn assert_forced(case: &str, printed: &str, not_run: &str) {
    let mut drawn = drawn(terminal(case));
    drawn.signal(libc::SIGTERM);
    drawn.program.wait_for("stuck", 0);
    thread::sleep(ONE_REQUEST);
    drawn.signal(libc::SIGTERM);
    let line = "exitmacro: forced to end by SIGTERM while `stuck` was running (_s of _s)";
    drawn.ends(143, &format!("{printed}{line}; {not_run} did not run\r\n"));
}

#[test]
fn a_forced_end_restores_it() {
    assert_forced("stuck before", &format!("stuck{LEAVE}{RESET}"), "2 handlers");
}

#[test]
fn a_forced_end_does_not_restore_it_twice() {
    assert_forced("stuck after", &format!("{LEAVE}{RESET}stuck"), "1 handler");
}

/// What ratatui prints when its terminal is dropped.
const SHOW: &str = "\x1b[?25h";

#[test]
fn ratatui_may_restore_it_as_well() {
    let left = "\x1b[?1049l";
    drawn(with_ratatui("restored")).ends(0, &format!("{left}{SHOW}{RESET}"));
    let message = shown_panic("main", "terminal/with_ratatui");
    let dropped = if panics_abort() { "" } else { SHOW };
    panics(with_ratatui("panic"), &format!("{left}{RESET}{message}{dropped}"));
}

#[test]
fn what_ratatui_does_not_restore_is_restored() {
    drawn(with_ratatui("return")).ends(0, &format!("{SHOW}{LEAVE}{RESET}"));
    drawn(with_ratatui("exit")).ends(3, &format!("{LEAVE}{RESET}"));
    let drawn = drawn(with_ratatui("signal"));
    drawn.signal(libc::SIGTERM);
    drawn.ends(143, &format!("{LEAVE}{RESET}"));
}
