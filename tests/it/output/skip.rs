//! `EXITMACRO_SKIP` skips handlers, and reports that and names that no handler has.
//! `plan_and_report.rs` tests that a set-uid program ignores it.

use crate::support::{Ended, Scenario, handler_line, scenario, seen, without_line_numbers};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use tempfile::TempDir;

/// What each handler prints, in run order, and its name.
const HANDLERS: [(&str, &str); 7] = [
    ("files", "skip::close_files"),
    ("database", "the database, and its log"),
    ("net", "skip::net::close"),
    ("http", "skip::net::http::close"),
    ("static", "skip::POOL"),
    ("registered", "größer"),
    ("tracked", "skip::Pool"),
];

fn folder() -> TempDir {
    tempfile::tempdir().expect("the folder can be made")
}

fn skip(how: &str, patterns: impl AsRef<OsStr>, folder: &Path) -> Scenario {
    scenario!("skip").arg(how).env("EXITMACRO_SKIP", patterns).current_dir(folder)
}

/// Also skips the handler that fails, unless the patterns end with a comma.
fn run(how: &str, patterns: &str) -> Ended {
    skip(how, format!("{patterns}, skip::flush"), folder().path()).run()
}

fn skipped(name: &str) -> String {
    handler_line(name, "skip", "skipped: EXITMACRO_SKIP matches it")
}

fn failed() -> String {
    seen(
        "exitmacro: handler `skip::flush` (tests/src/bin/skip.rs:_) failed after _s: \
         the disk is full, status Some(0)\n",
    )
}

fn unmatched(pattern: &str) -> String {
    format!("exitmacro: EXITMACRO_SKIP: `{pattern}` matches no handler of this run\n")
}

/// Exactly these handlers are skipped, and the failing handler.
#[track_caller]
fn assert_skipped(patterns: &str, left_out: &[&str]) {
    assert_skipped_but(patterns, left_out, &[]);
}

/// The same. `of_none` are patterns that match no handler, which is reported.
#[track_caller]
fn assert_skipped_but(patterns: &str, left_out: &[&str], of_none: &[&str]) {
    let printed: String = HANDLERS
        .iter()
        .filter(|(word, _)| !left_out.contains(word))
        .map(|(word, _)| format!("{word}\n"))
        .collect();
    let said: String = HANDLERS
        .iter()
        .filter(|(word, _)| left_out.contains(word))
        .map(|(_, name)| skipped(name))
        .collect();
    let of_none: String = of_none.iter().map(|pattern| unmatched(pattern)).collect();
    run("exit", patterns).assert_at_any_line(
        0,
        &printed,
        &(said + &skipped("skip::flush") + &of_none),
    );
}

#[test]
fn a_name_skips_the_handler_of_that_name() {
    assert_skipped("skip::close_files", &["files"]);
    assert_skipped("skip::net::close", &["net"]);
    assert_skipped("skip::POOL", &["static"]);
    assert_skipped("skip::Pool", &["tracked"]);
    assert_skipped("größer", &["registered"]);
}

#[test]
fn a_list_skips_all_that_it_names() {
    assert_skipped("skip::close_files,größer", &["files", "registered"]);
    assert_skipped_but(" skip::POOL ,, skip::Pool , nothing", &["static", "tracked"], &["nothing"]);
}

#[test]
fn a_star_stands_for_any_text() {
    assert_skipped("skip::net::*", &["net", "http"]);
    assert_skipped("*::close", &["net", "http"]);
    assert_skipped("gr*er", &["registered"]);
    assert_skipped("*P*l", &["tracked"]);
    assert_skipped_but(
        "*, and*",
        &["files", "database", "net", "http", "static", "registered", "tracked"],
        &["and*"],
    );
    assert_skipped("the database*", &["database"]);
}

#[test]
fn a_part_of_a_name_is_not_the_name() {
    let parts =
        ["close_files", "skip", "skip::net", "close", "the database", "skip::pool", "SKIP::*"];
    assert_skipped_but(&parts.join(", "), &[], &parts);
}

#[test]
fn a_star_alone_skips_every_handler() {
    let all: String = HANDLERS.iter().map(|(_, name)| skipped(name)).collect();
    skip("exit", "*", folder().path()).run().assert_at_any_line(
        0,
        "",
        &(all + &skipped("skip::flush")),
    );
}

#[test]
fn an_empty_list_skips_nothing() {
    let printed: String = HANDLERS.iter().map(|(word, _)| format!("{word}\n")).collect();
    for patterns in ["", " ", ","] {
        skip("exit", patterns, folder().path()).run().assert_at_any_line(3, &printed, &failed());
    }
    let said = failed() + &unmatched("nothing") + &unmatched("skip::*::nothing");
    skip("exit", "nothing, skip::*::nothing", folder().path())
        .run()
        .assert_at_any_line(3, &printed, &said);
}

#[test]
fn a_skipped_handler_is_no_failure_and_the_status_stays() {
    let folder = folder();
    let ended = skip("exit", "*", folder.path()).run();
    assert_eq!(ended.code(), 0, "`on_failure` is for handlers that fail: {ended:?}");
    assert!(!folder.path().join("termination-log").exists());
    assert_eq!(skip("exit 7", "*", folder.path()).run().code(), 7);
}

#[test]
fn a_failure_of_another_handler_still_counts() {
    let folder = folder();
    let ended = skip("exit", "skip::net::*", folder.path()).run();
    let said = [skipped("skip::net::close"), skipped("skip::net::http::close"), failed()].concat();
    ended.assert_at_any_line(3, "files\ndatabase\nstatic\nregistered\ntracked\n", &said);
    let message =
        std::fs::read_to_string(folder.path().join("termination-log")).expect("there is a message");
    let failure = seen(
        "handler `skip::flush` (tests/src/bin/skip.rs:_) failed: \
         the disk is full, status Some(0)\n",
    );
    assert!(without_line_numbers(&message).contains(&failure), "{message}");
}

#[test]
fn only_the_end_of_the_process_skips_what_a_scope_closes() {
    let ended = run("closed", "skip::Pool");
    assert_eq!(
        ended.lines().first(),
        Some(&"tracked"),
        "a value is closed by its last handle: {ended:?}"
    );
    assert!(
        ended.stderr.ends_with(&unmatched("skip::Pool")),
        "at exit there is no handler of it any more: {ended:?}"
    );
}

#[test]
fn a_plan_shows_what_will_be_skipped() {
    let ended = run("plan", "*");
    assert_eq!(ended.stdout, "8 in the plan\n");
}

#[test]
fn a_report_says_what_was_skipped_and_why() {
    let stdout = "files\nstatic\nregistered\ntracked\n\
                  the database, and its log Environment, on a thread: false\n\
                  skip::net::close Environment, on a thread: false\n\
                  skip::net::http::close Environment, on a thread: false\n\
                  skip::flush Environment, on a thread: false\n";
    let ended = run("report", "*data*, *::close");
    assert_eq!((ended.code(), ended.stdout.as_str()), (0, stdout));
}

#[test]
fn a_value_that_is_no_text_is_reported_and_ignored() {
    let said = "exitmacro: EXITMACRO_SKIP is \"*\\xFF\" and is ignored; \
                expected names of handlers, separated by commas\n";
    let printed: String = HANDLERS.iter().map(|(word, _)| format!("{word}\n")).collect();
    let ended = skip("exit", OsStr::from_bytes(b"*\xff"), folder().path()).run();
    ended.assert_at_any_line(3, &printed, &(said.to_owned() + &failed()));
}
