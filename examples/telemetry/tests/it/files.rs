//! What is written by a thread: to a pipe, or to a file.

use crate::program::{EXIT_PATHS, Program, program, without_handlers};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const SLOG: &str = env!("CARGO_BIN_EXE_slog_lines");
const CHROME: &str = env!("CARGO_BIN_EXE_chrome_trace");

#[test]
fn slog_writes_all_lines_on_every_exit_path() {
    let mut lines = String::new();
    for order in 1..=10_000 {
        writeln!(lines, "INFO stored order {order}").unwrap();
    }
    for &(exit_path, code) in EXIT_PATHS {
        let ended = Program::start(&mut program(SLOG, exit_path, "")).end();
        ended.check(exit_path, code);
        assert!(ended.stdout == lines, "{exit_path}: {} lines", ended.stdout.lines().count());
    }
}

/// Nothing reads the pipe before the process has ended, and not all lines have room in a pipe.
#[test]
fn slog_loses_lines_without_handlers() {
    let mut program = Program::start(&mut without_handlers(SLOG, ""));
    program.wait();
    let ended = program.end();
    ended.check_without_handlers();
    assert!(ended.stdout.lines().count() < 10_000, "all lines were written");
}

fn trace(file: &Path) -> serde_json::Result<Vec<Value>> {
    serde_json::from_str(&fs::read_to_string(file).expect("the program makes it"))
}

#[test]
fn the_trace_is_complete_on_every_exit_path() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.json");
    for &(exit_path, code) in EXIT_PATHS {
        let ended = Program::start(&mut program(CHROME, exit_path, file.to_str().unwrap())).end();
        ended.check(exit_path, code);
        assert_eq!(ended.stdout, "");
        let trace = trace(&file).unwrap_or_else(|error| panic!("{exit_path}: {error}"));
        // The ends of spans.
        let ends = trace.iter().filter(|event| event["ph"] == "E" && event["name"] == "order");
        assert_eq!(ends.count(), 100, "{exit_path}");
        fs::remove_file(&file).unwrap();
    }
}

#[test]
fn the_trace_is_no_json_without_handlers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.json");
    let ended = Program::start(&mut without_handlers(CHROME, file.to_str().unwrap())).end();
    ended.check_without_handlers();
    assert!(trace(&file).is_err());
}
