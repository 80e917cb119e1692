//! The statistics of jemalloc on each exit path, and once without handlers.

#![cfg(unix)]

use exitmacro_testing::{Ended, Running, send};
use std::process::Command;

exitmacro_testing::isolate!();

/// The line that stands once in the statistics.
const TOTALS: &str = "Allocated: ";

fn run(exit_path: &str, variable: (&str, &str)) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jemalloc_statistics"));
    command.arg(exit_path).env(variable.0, variable.1);
    let mut program = Running::start(&mut command);
    if exit_path == "signal" {
        assert_eq!(program.line(), "waiting for a signal\n");
        send(program.id(), libc::SIGTERM);
    }
    program.end()
}

#[test]
fn statistics_are_printed_once_and_after_the_other_handlers() {
    for (exit_path, code) in [("return", 0), ("exit", 3), ("panic", 101), ("signal", 143)] {
        // It prints a line when a handler ends.
        let ended = run(exit_path, ("EXITMACRO_LOG", "trace"));
        assert_eq!((ended.code, ended.stdout.as_str()), (code, "ink, paper\n"), "{exit_path}");
        let (before, after) = ended.stderr.split_once(TOTALS).expect("they are printed");
        let has_other_handler = |part: &str| part.contains("print_orders");
        assert!(has_other_handler(before) && !has_other_handler(after), "{exit_path}: {ended:?}");
        assert!(!after.contains(TOTALS), "{exit_path}: {ended:?}");
    }
}

#[test]
fn no_statistics_are_printed_without_handlers() {
    let ended = run("exit", ("EXITMACRO_SKIP", "*"));
    assert_eq!((ended.code, ended.stdout.as_str()), (3, ""));
    assert!(!ended.stderr.contains(TOTALS), "{ended:?}");
}
