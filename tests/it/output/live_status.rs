//! What a person sees of a run that takes long: on a terminal a line that is rewritten in place,
//! elsewhere lines at half of a handler's limit, where they are asked for.

use crate::support::{
    OnTerminal, Place, Scenario, despite_load, own_screen, own_terminal,
    own_terminal_in_background, scenario, where_status_is_known, without_times,
};
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

fn status(case: &str) -> Scenario {
    scenario!("status").arg(case).env("EXITMACRO_BUDGET", "99s")
}

const MODES: [bool; 2] = [false, true];

#[test]
fn the_line_says_what_is_awaited_and_goes_at_the_end() {
    for (columns, expected) in [
        (40, "exitmacro: `waits` _s of _s; _s left…"),
        (120, "exitmacro: waiting for `app::waits` (_s of _s); _s left; 1 to go"),
    ] {
        for is_raw in MODES {
            let mut program = OnTerminal::start(status("waits"), columns, is_raw);
            program.wait_for_update();
            program.wait_for_update();
            program.go_on();
            let (terminal, code, stdout) = program.end();
            assert_eq!((code, stdout.as_str()), (0, "ready\nrunning\n"));
            assert_eq!(terminal.updates()[0], expected);
            assert_eq!(terminal.screen(), "", "{:?}", terminal.0);
        }
    }
}

#[test]
fn the_line_names_concurrent_handlers() {
    for (columns, expected) in [
        (40, "exitmacro: `fourth` _s of _s, `th"),
        (
            120,
            "exitmacro: `fourth` _s of _s, `third` _s of _s, `second` _s of _s and 1 more; \
             _s left; 1 to go",
        ),
        (
            140,
            "exitmacro: waiting for `app::fourth` (_s of _s), `app::third` (_s of _s), \
             `app::second` (_s of _s) and 1 more; _s left; 1 to go",
        ),
    ] {
        let mut program = OnTerminal::start(status("concurrent"), columns, false);
        for line in ["first", "second", "third", "fourth"] {
            program.running.wait_for(line);
        }
        program.wait_for_update();
        program.wait_for_update();
        for _ in 0..4 {
            program.go_on();
        }
        let (terminal, code, _) = program.end();
        let updates = terminal.updates();
        assert!(
            code == 0 && updates.iter().any(|update| update.starts_with(expected)),
            "{updates:?}"
        );
        assert_eq!(terminal.screen(), "", "{:?}", terminal.0);
    }
}

const FAILS: &str =
    "exitmacro: handler `app::fails` (tests/src/bin/status.rs:_) failed after _s: no luck\n";

#[test]
fn a_line_of_an_outcome_takes_the_place_of_the_line() {
    for is_raw in MODES {
        for columns in [40, 120] {
            let mut program = OnTerminal::start(status("fails"), columns, is_raw);
            program.wait_for_update();
            program.go_on();
            let (terminal, code, _) = program.end();
            assert_eq!((code, terminal.screen().as_str()), (0, FAILS), "{:?}", terminal.0);
        }
    }
}

#[test]
fn every_line_on_a_raw_terminal_begins_in_the_first_column() {
    for is_raw in MODES {
        let program =
            OnTerminal::start(status("fails at once").env("EXITMACRO_LOG", "trace"), 200, is_raw);
        let (terminal, _, _) = program.end();
        let expected = format!(
            "\
exitmacro: the run begins: reason exit{}, budget _s; linked handlers: 1 (status 1); registered: 1
exitmacro: handler `app::fails` (tests/src/bin/status.rs:_) starts on a runner
{FAILS}exitmacro: handler `the last one` (tests/src/bin/status.rs:_) starts on a runner
exitmacro: handler `the last one` (tests/src/bin/status.rs:_, priority 0) completed after _s \
on a runner
exitmacro: the run has ended after _s: 1 completed, 1 failed, 0 timed out, 0 skipped
",
            where_status_is_known(", status 0")
        );
        assert_eq!(terminal.screen(), expected, "{:?}", terminal.0);
    }
}

#[test]
fn what_a_handler_prints_stays() {
    let mut program = OnTerminal::start(status("prints"), 120, false);
    program.wait_for_update();
    program.go_on();
    program.wait_for("printed\r\n", 0);
    program.wait_for_update();
    program.go_on();
    let (terminal, _, _) = program.end();
    // Nothing tells that it was printed. So the line stands before it for ever.
    assert_eq!(
        terminal.screen(),
        "exitmacro: waiting for `app::prints` (_s of _s); _s left; 1 to goprinted\n"
    );
}

#[test]
fn the_flush_of_stdout_comes_after_the_line() {
    let mut program = OnTerminal::start_in(status("prints no line end"), 120, false, own_screen);
    program.wait_for_update();
    program.go_on();
    let (terminal, _, _) = program.end();
    assert_eq!(terminal.screen(), "ready\nrunning\nno line end", "{:?}", terminal.0);
}

#[test]
fn the_line_says_how_to_force_the_end() {
    let waiting = |how: &str| {
        format!("exitmacro: waiting for `app::waits` (_s of _s); _s left; 1 to go; {how} exits now")
    };
    let mut program = OnTerminal::start(status("waits").arg("signals"), 120, false);
    program.wait_for_update();
    program.type_key(3);
    program.wait_for("send it again to exit now\r\n", 0);
    program.wait_for_update();
    // Not the same request any more.
    thread::sleep(Duration::from_millis(300));
    program.type_key(3);
    program.wait_for("forced to end", 0);
    let (terminal, code, _) = program.end();
    assert_eq!(code, 130);
    let updates = terminal.updates();
    assert_eq!(updates[0], waiting("Ctrl-C twice"));
    assert!(updates.contains(&waiting("Ctrl-C again")), "{updates:?}");
    let screen = terminal.screen();
    assert_eq!(
        screen.split_inclusive('\n').collect::<Vec<_>>(),
        [
            "exitmacro: shutting down on SIGINT; send it again to exit now\n",
            "exitmacro: forced to end by SIGINT while `app::waits` was running (_s of _s); \
             1 handler did not run\n"
        ],
        "{:?}",
        terminal.0
    );
}

#[test]
fn keys_that_send_no_signal_are_not_named() {
    let mut program = OnTerminal::start(status("waits").arg("signals"), 120, true);
    program.wait_for_update();
    program.go_on();
    let (terminal, _, _) = program.end();
    assert!(terminal.updates()[0].ends_with("; SIGTERM twice exits now"), "{:?}", terminal.0);
}

/// Nothing is drawn on these terminals when the handlers wait for longer than the first line takes
/// to come.
#[track_caller]
fn nothing_is_drawn<const N: usize>(programs: [(Scenario, Place); N]) {
    let mut programs =
        programs.map(|(scenario, place)| OnTerminal::start_in(scenario, 120, false, place));
    programs.iter_mut().for_each(|program| program.running.wait_for("running"));
    thread::sleep(Duration::from_secs(2));
    programs.iter_mut().for_each(OnTerminal::go_on);
    for (terminal, code, _) in programs.map(OnTerminal::end) {
        assert_eq!((code, terminal.0.as_str()), (0, ""));
    }
}

#[test]
fn nothing_is_drawn_where_that_is_off_or_makes_no_sense() {
    // A line comes if the last handler, which is not on the caller, is kept from the processor.
    despite_load(|| {
        let scenarios = [
            scenario!("status_off"),
            status("waits").env("EXITMACRO_LOG", "quiet"),
            status("waits").env("TERM", "dumb"),
            status("on the caller"),
        ];
        nothing_is_drawn(scenarios.map(|scenario| (scenario, own_terminal as Place)));
    });
}

#[test]
fn nothing_is_drawn_on_the_terminal_of_another_program() {
    nothing_is_drawn([(status("waits"), || Ok(())), (status("waits"), own_terminal_in_background)]);
}

#[test]
fn quiet_silences_nothing_else() {
    let ended = status("fails at once").env("EXITMACRO_LOG", "quiet").run();
    assert_eq!((ended.code(), without_times(&ended.stderr).as_str()), (0, FAILS));
}

#[test]
fn half_of_a_limit_and_a_late_end_are_told_where_that_is_asked_for() {
    for (level, expected) in [
        (
            "info",
            "\
exitmacro: handler `app::waits` (tests/src/bin/status.rs:_) is still running after _s of _s
exitmacro: handler `app::waits` (tests/src/bin/status.rs:_, priority 0) completed after _s \
on a runner
",
        ),
        ("error", ""),
        ("quiet", ""),
    ] {
        despite_load(|| {
            let (reader, writer) = std::io::pipe().expect("a pipe opens");
            let mut reader = BufReader::new(reader);
            let mut running = status("short limit")
                .env("EXITMACRO_LOG", level)
                .with(|command| _ = command.stdin(Stdio::piped()).stderr(writer))
                .start();
            running.wait_for("running");
            let mut told = String::new();
            if expected.is_empty() {
                thread::sleep(Duration::from_millis(2_200));
            } else {
                reader.read_line(&mut told).expect("half of the limit is told");
            }
            drop(running.child.stdin.take());
            let ended = running.end();
            _ = reader.read_to_string(&mut told);
            ended.assert(0, "ready\nrunning\n", "");
            assert_eq!(without_times(&told), expected);
        });
    }
}

#[test]
fn no_line_tells_of_half_of_a_limit_where_the_other_one_is_drawn() {
    despite_load(|| {
        let scenario = status("short limit").env("EXITMACRO_LOG", "info");
        let mut program = OnTerminal::start(scenario, 120, false);
        program.running.wait_for("running");
        thread::sleep(Duration::from_millis(2_200));
        program.go_on();
        let (terminal, _, _) = program.end();
        assert!(!terminal.updates().is_empty());
        assert_eq!(terminal.screen(), "", "{:?}", terminal.0);
    });
}
