//! The terminal around a stop of the program, as a shell sees it.

use super::{LATER, LEAVE, RESET, terminal};
use crate::support::{OnTerminal, own_terminal};

/// Stops the program, and continues it in the background and in the foreground. What the terminal
/// gets each time after the program has drawn, and what the shell prints.
fn stopped(case: &str) -> (Vec<String>, String) {
    let mut program = OnTerminal::start_in(terminal("shell").arg(case), 80, false, own_terminal);
    program.wait_for("drawn", 0);
    for line in ["started", "in the background"] {
        program.running.wait_for(line);
        program.go_on();
    }
    program.running.wait_for("in the foreground");
    program.wait_for(" again", 0);
    program.go_on();
    let (terminal, code, stdout) = program.end();
    assert_eq!(code, 0);
    (terminal.0.split("drawn").skip(1).map(str::to_owned).collect(), stdout)
}

#[test]
fn a_stop_restores_it_and_a_continuation_sets_it_again() {
    let (ends, stdout) = stopped("stops");
    assert_eq!(
        stdout,
        "started\nas found: true\nas found: true\nin the background\nin the foreground\n\
         as found: false\nended with Some(143), as found: true\n"
    );
    // The program that plays the shell prints the second line.
    let last = format!(" again{LEAVE}{RESET}{LATER}{LATER}");
    assert!(ends.len() == 2 && ends[0].starts_with(&format!("{LEAVE}{RESET}")), "{ends:?}");
    assert_eq!(ends[1], last);
}

#[test]
fn the_cursor_is_shown_while_the_program_is_stopped_and_when_it_ends() {
    let (ends, _) = stopped("stops without a cursor");
    let told = "exitmacro: shutting down on SIGTERM; send it again to exit now\r\n";
    assert_eq!(ends, [format!("{RESET}\x1b[?25l"), format!(" again{told}{RESET}{LATER}{LATER}")]);
}
