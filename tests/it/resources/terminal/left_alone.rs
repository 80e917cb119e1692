//! What is not the program's, or in order, is left alone.

use super::{LATER, LEAVE, RESET, drawn, drawn_in, terminal};
use crate::support::{
    OnTerminal, Place, own_terminal, own_terminal_in_background, panic_message, panics_abort,
};
use std::io;
use std::os::unix::process::CommandExt;

/// Takes the process away from the terminal that the tests may have.
fn no_terminal() -> io::Result<()> {
    // SAFETY: no preconditions.
    if unsafe { libc::setsid() } < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Copies a descriptor over another one in a process that is about to start.
fn copy(from: i32, to: i32) -> io::Result<()> {
    // SAFETY: no thread of the child uses either.
    if unsafe { libc::dup2(from, to) } < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[test]
fn the_alternate_screen_is_not_left_twice() {
    let expected = format!("\x1b[?1049lrestored{RESET}{LATER}");
    drawn(terminal("restored by the program")).ends(0, &expected);
}

#[test]
fn a_hidden_cursor_is_shown_where_nothing_else_was_changed() {
    drawn(terminal("cursor")).ends(0, &format!("{RESET}{LATER}"));
}

#[test]
fn a_dumb_terminal_gets_no_sequence_and_its_modes_back() {
    let mut drawn = drawn(terminal("raw").env("TERM", "dumb"));
    assert_ne!(drawn.program.modes()(), drawn.found);
    drawn.program.go_on();
    drawn.ends(0, LATER);
}

#[test]
fn the_terminal_of_another_program_is_left_alone() {
    // The program neither prints to it nor changes it. It keeps it open, so that this test reads it
    // to the end.
    let place = || own_terminal().and_then(|()| copy(2, 9)).and_then(|()| copy(1, 2));
    let program = OnTerminal::start_in(terminal("found"), 80, false, place);
    let (terminal, code, stdout) = program.end();
    assert_eq!((code, terminal.0.as_str()), (0, ""));
    assert_eq!(stdout, "true\nlater handler\n");
}

#[test]
fn a_terminal_that_was_raw_before_gets_no_sequence() {
    let program = OnTerminal::start(terminal("found"), 80, true);
    let (terminal, code, _) = program.end();
    assert_eq!((code, terminal.0.as_str()), (0, "later handler\n"));
}

#[test]
fn a_program_in_the_background_leaves_the_terminal_alone() {
    let place = || own_terminal_in_background().and_then(|()| copy(2, 1));
    drawn_in(terminal("cursor"), place).ends(0, LATER);
}

#[test]
fn a_program_that_no_terminal_controls_restores_the_one_that_it_prints_to() {
    let place = || no_terminal().and_then(|()| copy(2, 1));
    drawn_in(terminal("cursor"), place).ends(0, &format!("{RESET}{LATER}"));
}

#[test]
fn without_a_terminal_nothing_happens() {
    let scenario = terminal("found").with(|command| {
        // SAFETY: it only makes a system call.
        unsafe { command.pre_exec(no_terminal) };
    });
    scenario.run().assert(0, "false\n", "later handler\n");
}

#[test]
fn a_terminal_that_is_gone_is_no_failure() {
    // Only one that controls the process sends SIGHUP.
    let places: [(Place, _); 2] = [(own_terminal, libc::SIGHUP), (no_terminal, libc::SIGTERM)];
    for (place, signal) in places {
        let (ours, theirs) = crate::support::open_terminal();
        let scenario = terminal("hang-up").stderr(theirs).with(|command| {
            // SAFETY: it only makes system calls.
            unsafe { command.pre_exec(place) };
        });
        let mut running = scenario.start();
        running.wait_for("ready");
        drop(ours);
        running.signal(signal);
        running.end().assert(128 + signal, "ready\nCompleted\n", "");
    }
}

#[test]
fn a_file_that_has_the_number_of_the_terminal_is_left_alone() {
    for place in [own_terminal as Place, no_terminal] {
        let program = OnTerminal::start_in(terminal("descriptors closed"), 80, false, place);
        let (terminal, code, stdout) = program.end();
        assert_eq!((code, stdout.as_str(), terminal.0.as_str()), (0, "", "drawnlater handler\r\n"));
    }
}

#[test]
fn there_is_one_handle() {
    let program = OnTerminal::start_in(terminal("twice"), 80, false, own_terminal);
    let (terminal, code, stdout) = program.end();
    assert_eq!((code, stdout.as_str()), (0, "AlreadyExists\n"));
    assert_eq!(terminal.0, format!("{RESET}{LATER}"));
}

#[test]
fn a_forked_child_restores_nothing() {
    let expected = format!("the child ended with 0{LEAVE}{RESET}{LATER}");
    drawn(terminal("child")).ends(0, &expected);
}

#[test]
fn a_panic_in_a_forked_child_restores_nothing() {
    if panics_abort() {
        // The child ends by SIGABRT before it can catch its panic.
        return;
    }
    let message = panic_message("main", "terminal/cases", "out of ink");
    let expected = format!("{message}the child ended with 0{LEAVE}{RESET}{LATER}");
    drawn(terminal("child panics")).ends(0, &expected);
}

#[test]
fn a_child_that_adopts_the_handlers_restores_it() {
    let expected = format!("{LEAVE}{RESET}{LATER}the child ended with 0");
    drawn(terminal("child adopts")).ends(0, &expected);
}
