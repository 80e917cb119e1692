//! Databases in cells.

use crate::harness::{check_every_way, compare, files_in};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether redb has to repair the database when it is opened again.
fn needs_repair(folder: &Path) -> bool {
    let repaired = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&repaired);
    let callback = move |_: &mut redb::RepairSession| seen.store(true, Ordering::Relaxed);
    redb::Builder::new()
        .set_repair_callback(callback)
        .open(folder.join("orders.redb"))
        .expect("the database can be opened");
    repaired.load(Ordering::Relaxed)
}

#[test]
fn redb_in_a_cell_needs_no_repair() {
    check_every_way(env!("CARGO_BIN_EXE_redb_database"), &false, needs_repair);
}

#[test]
fn redb_program_prints_its_documented_output() {
    compare(
        &mut Command::new(env!("CARGO_BIN_EXE_redb_database")),
        include_str!("../../src/bin/redb_database.rs"),
    );
}

#[test]
fn sqlite_in_a_cell_leaves_no_write_ahead_log() {
    check_every_way(env!("CARGO_BIN_EXE_sqlite_database"), &vec!["orders.db".to_owned()], files_in);
}

#[test]
fn sqlite_program_prints_its_documented_output() {
    compare(
        &mut Command::new(env!("CARGO_BIN_EXE_sqlite_database")),
        include_str!("../../src/bin/sqlite_database.rs"),
    );
}
