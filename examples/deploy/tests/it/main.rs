//! The files that deploy the service: parsed by what reads them, and run where that is possible.

#![cfg(unix)]

mod dockerfile;
mod manifest;
mod numbers;
mod page;
mod service;
mod supervised;

use exitmacro_testing::output;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

exitmacro_testing::isolate!();

const BILLING: &str = env!("CARGO_BIN_EXE_billing");

/// A path in the folder of this package.
fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), name].iter().collect()
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Whether these programs are here. If not, the test says so, and is to return.
fn has(programs: &[&str], package: &str) -> bool {
    let missing = programs.iter().find(|program| !exitmacro_testing::has_program(program));
    if let Some(missing) = missing {
        exitmacro_testing::left_out(&format!("`{missing}` is not here"), package);
    }
    missing.is_none()
}

/// The status and the streams of a program, on one line each.
fn ended(command: &mut Command) -> (Option<i32>, String, String) {
    let output = output(command);
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("it is UTF-8"));
    (output.status.code(), stdout, stderr)
}

#[test]
fn the_service_does_not_start_if_it_could_be_killed_too_early() {
    let (status, stdout, stderr) = ended(Command::new(BILLING).arg("19"));
    let message = "billing: the shutdown may take 20s, longer than 19s: grace 10s, \
                   `billing::close_database` 5s, `billing::flush_metrics` 2s, end of the process \
                   3s; `budget = \"17s\"` would fit, and may cut handlers short; or shorten \
                   the timeouts, or raise the limit\n";
    assert_eq!((status, stderr.as_str()), (Some(1), message));
    assert_eq!(stdout, "database closed, because of return\nmetrics flushed\n");
    assert_eq!(ended(&mut Command::new(BILLING)).0, Some(2));
}
