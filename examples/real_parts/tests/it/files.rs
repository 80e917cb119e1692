//! A log and a temporary directory in cells.

use crate::harness::{check_every_way, compare, files_in};
use exitmacro_testing::despite_load;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn a_log_has_all_lines() {
    let lines = |folder: &Path| {
        fs::read_to_string(folder.join("log")).expect("it is there").lines().count()
    };
    // The guard of the log waits at most a second for its thread.
    despite_load(|| check_every_way(env!("CARGO_BIN_EXE_keep_log_lines"), &1000, lines));
}

#[test]
fn log_program_prints_its_documented_output() {
    compare(
        &mut Command::new(env!("CARGO_BIN_EXE_keep_log_lines")),
        include_str!("../../src/bin/keep_log_lines.rs"),
    );
}

#[test]
fn a_temporary_directory_is_gone() {
    check_every_way(env!("CARGO_BIN_EXE_temp_dir_in_a_cell"), &Vec::new(), files_in);
}

#[test]
fn directory_program_prints_its_documented_output() {
    compare(
        &mut Command::new(env!("CARGO_BIN_EXE_temp_dir_in_a_cell")),
        include_str!("../../src/bin/temp_dir_in_a_cell.rs"),
    );
}
