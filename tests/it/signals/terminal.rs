//! Programs on a terminal: the first signal prints a line, Ctrl-C and a hang-up end them.

use super::{DEFAULT, before_it_starts, signalled, signals, start};
use crate::support::{Ended, OnTerminal, Scenario, open_terminal, scenario};
use std::fs::File;
use std::io::{Read, Write};

/// What the program prints on a terminal.
fn on_terminal(scenario: Scenario, signal: i32) -> (Ended, String) {
    let (ours, theirs) = open_terminal();
    let mut ours = File::from(ours);
    let ended = signalled(scenario.stderr(theirs), signal);
    let mut found = Vec::new();
    // Reading ends with an error, because no process has the other end open any more.
    _ = ours.read_to_end(&mut found);
    (ended, String::from_utf8_lossy(&found).into_owned())
}

#[test]
fn the_first_signal_is_reported_on_a_terminal_only() {
    for (signal, name) in DEFAULT {
        let (ended, printed) = on_terminal(signals("wait"), signal);
        ended.assert(128 + signal, &format!("ready\n{name}, Some({})\n", 128 + signal), "");
        assert_eq!(
            printed,
            format!("exitmacro: shutting down on {name}; send it again to exit now\r\n")
        );
    }
    // Without a terminal no line is printed: all the other tests compare stderr.
    let (_, printed) = on_terminal(signals("none"), libc::SIGTERM);
    assert_eq!(printed, "");
}

#[test]
fn the_first_signal_is_not_reported_where_the_program_draws() {
    for (is_raw, expected) in
        [(false, "exitmacro: shutting down on SIGTERM; send it again to exit now\r\n"), (true, "")]
    {
        let mut program = OnTerminal::start(signals("wait"), 80, is_raw);
        program.running.wait_for("ready");
        program.running.signal(libc::SIGTERM);
        let (terminal, code, _) = program.end();
        assert_eq!((code, terminal.0.as_str()), (143, expected));
    }
}

/// Makes stdin the controlling terminal of the process.
fn own_terminal() -> bool {
    exitmacro_testing::belong_to_terminal(0).is_ok()
}

#[test]
fn ctrl_c_on_the_terminal_ends_the_foreground_program() {
    let (ours, theirs) = open_terminal();
    let mut ours = File::from(ours);
    let running = start(before_it_starts(signals("wait").stdin(theirs), own_terminal));
    ours.write_all(b"\x03").expect("the terminal is open");
    running.end().assert(130, "ready\nSIGINT, Some(130)\n", "");
}

#[test]
fn the_handlers_run_when_the_terminal_is_closed() {
    let (ours, theirs) = open_terminal();
    let stderr = theirs.try_clone().expect("a terminal can be open twice");
    let terminal = signals("wait").stdin(theirs).stderr(stderr);
    let running = start(before_it_starts(terminal, own_terminal));
    drop(ours);
    running.end().assert(129, "ready\nSIGHUP, Some(129)\n", "");
}

#[test]
fn the_handlers_run_in_the_background_of_a_terminal_that_stops_who_writes_to_it() {
    let (ours, theirs) = open_terminal();
    let stderr = theirs.try_clone().expect("a terminal can be open twice");
    let scenario = scenario!("signals_in_background").stdin(theirs).stderr(stderr);
    let ended = before_it_starts(scenario, own_terminal).run();
    ended.assert(143, "clean up\n", "");
    drop(ours);
}
