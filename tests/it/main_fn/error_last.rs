//! The error that `main` returns is the last that is printed: after the handlers of priority
//! `TERMINAL`, and after all others.

#[cfg(target_os = "linux")]
use crate::support::open_terminal;
use crate::support::{Ended, Scenario, despite_load, scenario};
#[cfg(target_os = "linux")]
use std::{fs::File, io::Read};

const HANDLERS: &str = "the terminal is restored: return, Some(1)\nthe last handler\n";
const ERROR: &str = "Error: \"no luck\"\n";

fn error_last(case: &str) -> Scenario {
    scenario!("error_last").arg(case)
}

/// What was printed, without the line about the handler that hangs.
fn without_stuck(ended: &Ended) -> String {
    ended.stderr.split_inclusive('\n').filter(|line| !line.contains("`stuck`")).collect()
}

#[test]
fn is_printed_though_a_success_would_be_of_an_own_type() {
    error_last("error").run().assert(1, "", &format!("{HANDLERS}{ERROR}"));
}

#[test]
fn a_value_of_an_own_type_is_reported_before_the_handlers() {
    error_last("own type").run().assert(
        12,
        "",
        "reported\nthe terminal is restored: return, Some(12)\nthe last handler\n",
    );
}

#[test]
fn is_printed_after_a_handler_that_hangs() {
    let ended = error_last("a handler hangs").run();
    assert_eq!(
        (ended.code(), without_stuck(&ended)),
        (1, format!("{HANDLERS}{ERROR}")),
        "{ended:?}"
    );
}

#[test]
fn is_printed_though_its_thread_hangs_in_a_handler() {
    let ended = error_last("a handler hangs on the thread of main").run();
    assert_eq!(
        (ended.code(), without_stuck(&ended)),
        (1, format!("{HANDLERS}{ERROR}")),
        "{ended:?}"
    );
}

#[test]
fn is_printed_once_when_another_thread_exits() {
    error_last("another thread exits").run().assert(1, "", &format!("{HANDLERS}{ERROR}"));
}

#[test]
fn is_said_to_be_missing_when_the_end_is_forced() {
    // The line is short where the thread that has the lock of the run gets no processor.
    despite_load(|| {
        let mut running = error_last("a handler waits").start();
        running.wait_for("waiting");
        running.signal(libc::SIGTERM);
        running.signal(libc::SIGINT);
        let ended = running.end();
        let forced = "; 1 handler did not run; the error of `main` was not printed\n";
        assert!(
            // Which of the two comes first is the system's to decide.
            ended.stderr.contains(" while `waits` was running (")
                && ended.stderr.ends_with(forced)
                && !ended.stderr.contains("Error: "),
            "{ended:?}"
        );
    });
}

/// Runs the case with stderr on a terminal. What comes out of it.
#[cfg(target_os = "linux")]
fn on_a_terminal(case: &str, code: i32) -> String {
    let (ours, its) = open_terminal();
    let ended = error_last(case).with(|command| _ = command.stderr(its)).run();
    assert_eq!((ended.code(), ended.stdout.as_str()), (code, ""), "{ended:?}");
    let (mut terminal, mut shown) = (File::from(ours), Vec::new());
    // An error when all of it was read, for the other end is closed.
    _ = terminal.read_to_end(&mut shown);
    String::from_utf8(shown).expect("it is UTF-8")
}

#[cfg(target_os = "linux")]
#[test]
fn is_printed_on_a_terminal_that_is_restored() {
    for (case, code) in [("raw", 1), ("raw, another status", 9)] {
        // Each line ends as those of a terminal that is not raw do.
        let shown = format!("{HANDLERS}{ERROR}").replace('\n', "\r\n");
        assert_eq!(on_a_terminal(case, code), shown, "{case}");
    }
}
