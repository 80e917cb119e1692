//! The terminal is restored by each way out, byte by byte.

mod left_alone;
mod real;
mod stop;
mod ways_out;

use crate::support::{
    OnTerminal, Place, Scenario, own_screen, own_terminal, panic_message, panics_abort, scenario,
    without_times,
};

/// What restores it while it is raw.
const LEAVE: &str = "\x1b[<1u\x1b[?1049h\x1b[?1049l\x1b[<1u";
const RESET: &str = "\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\
                     \x1b[?1004l\x1b[?2004l\x1b[0m\x1b[?25h";
/// What a later handler prints. Before its line end stands a carriage return: the terminal is not
/// raw.
const LATER: &str = "later handler\r\n";

fn terminal(case: &str) -> Scenario {
    scenario!("terminal_restored").arg(case).env("TERM", "xterm")
}

fn with_ratatui(case: &str) -> Scenario {
    scenario!("terminal_with_ratatui").arg(case).env("TERM", "xterm")
}

/// A program that has drawn.
struct Drawn {
    program: OnTerminal,
    /// How it found the terminal.
    found: Vec<libc::tcflag_t>,
}

#[track_caller]
fn drawn(scenario: Scenario) -> Drawn {
    drawn_in(scenario, own_screen)
}

#[track_caller]
fn drawn_in(scenario: Scenario, place: Place) -> Drawn {
    let mut program = OnTerminal::start_in(scenario, 80, false, place);
    // Nothing is read from its stdin before it has drawn.
    program.wait_for("drawn", 0);
    Drawn { found: unchanged_modes(), program }
}

/// Those of a terminal that no program has changed.
fn unchanged_modes() -> Vec<libc::tcflag_t> {
    let program = OnTerminal::start_in(terminal("nothing"), 80, false, own_terminal);
    let modes = program.modes();
    program.end();
    modes()
}

impl Drawn {
    /// Asserts with which status it ends, what the terminal gets after what was drawn, and that its
    /// modes are those that were found.
    #[track_caller]
    fn ends(self, status: i32, expected: &str) {
        let (modes, found) = (self.program.modes(), self.found);
        let (terminal, code, _) = self.program.end();
        let (_, after) = terminal.0.split_once("drawn").expect("it has drawn");
        let after = without_times(after);
        assert_eq!((code, after.as_str()), (status, expected));
        assert_eq!(modes(), found);
    }

    #[track_caller]
    fn signal(&self, signal: i32) {
        self.program.running.signal(signal);
    }
}

/// The message of a panic where each line end returns the cursor.
fn shown_panic(thread: &str, source: &str) -> String {
    panic_message(thread, source, "out of ink").replace('\n', "\r\n")
}

/// What the terminal has got after a panic. A message of an abort may follow.
#[track_caller]
fn panics(scenario: Scenario, expected: &str) {
    if panics_abort() {
        // The process ends by SIGABRT.
        return drawn(scenario).ends(-libc::SIGABRT, expected);
    }
    drawn(scenario).ends(101, expected);
}
