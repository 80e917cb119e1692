//! A log and a temporary directory in cells.

use crate::harness::{check_every_way, compare, files_in};
use std::fs;
use std::process::Command;

#[test]
fn a_log_has_all_lines() {
    check_every_way(env!("CARGO_BIN_EXE_keep_log_lines"), &5000, |folder| fs::read_to_string(folder.join("log")).expect("it is there").lines().count());
}

#[test]
fn log_program_prints_what_it_promises() {
    compare(&mut Command::new(env!("CARGO_BIN_EXE_keep_log_lines")), include_str!("../../src/bin/keep_log_lines.rs"));
}

#[test]
fn a_temporary_directory_is_gone() {
    check_every_way(env!("CARGO_BIN_EXE_temp_dir_in_a_cell"), &Vec::new(), files_in);
}

#[test]
fn directory_program_prints_what_it_promises() {
    compare(&mut Command::new(env!("CARGO_BIN_EXE_temp_dir_in_a_cell")), include_str!("../../src/bin/temp_dir_in_a_cell.rs"));
}
