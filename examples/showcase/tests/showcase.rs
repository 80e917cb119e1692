//! Runs the showcase and checks every cell of its table.

#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

exitmacro_testing::isolate!();

/// Long enough for a slow machine that also has to build the program.
const LIMIT: Duration = Duration::from_secs(300);

/// All exit paths: the name, the exit status without exitmacro where that path exists, and with it.
const EXIT_PATHS: &[(&str, Option<&str>, &str)] = &[
    ("return from main", Some("0"), "0"),
    ("error returned by `?`", Some("1"), "1"),
    ("std::process::exit", Some("3"), "3"),
    ("the same, on a thread", Some("4"), "4"),
    ("C exit", Some("5"), "5"),
    ("exitmacro::exit", None, "6"),
    ("panic in main", Some("101"), "101"),
    ("panic on a joined thread", Some("1"), "1"),
    ("SIGINT", Some("signal: 2 (SIGINT)"), "130"),
    ("SIGTERM", Some("signal: 15 (SIGTERM)"), "143"),
    ("SIGTERM, raised again", None, "signal: 15 (SIGTERM)"),
    ("SIGHUP", Some("signal: 1 (SIGHUP)"), "129"),
    ("SIGKILL", Some("signal: 9 (SIGKILL)"), "signal: 9 (SIGKILL), cannot be handled"),
];

/// Builds the example if necessary, in the profile and the folder of this test, and runs it.
fn showcase(file: Option<&Path>) -> Output {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap();
    let profile = match folder.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        other => other,
    };
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args([
        "run",
        "--quiet",
        "--example",
        "showcase",
        "--profile",
        profile,
    ]);
    command.arg("--target-dir").arg(folder.parent().unwrap()).arg("--").args(file);
    exitmacro_testing::output_within(LIMIT, &mut command)
}

/// The cells of the table, by rows. The second row of an exit path gets its name too.
fn table(output: &Output) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let rows = text
        .lines()
        .skip_while(|line| !line.starts_with("exit path"))
        .skip(1)
        .take_while(|line| !line.is_empty());
    let mut exit_path = String::new();
    rows.map(|row| {
        let (name, cells) = row.split_at(26);
        if !name.trim().is_empty() {
            exit_path = name.trim().to_owned();
        }
        let cells =
            cells.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned);
        [exit_path.clone()].into_iter().chain(cells).collect()
    })
    .collect()
}

fn check(output: &Output, lines: usize) {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
    let mut rows = table(output).into_iter();
    for &(exit_path, without, with) in EXIT_PATHS {
        if let Some(status) = without {
            check_left(&rows.next().unwrap(), [exit_path, "without", status], lines);
        }
        let check = if with.ends_with("cannot be handled") { check_left } else { check_clean };
        check(&rows.next().unwrap(), [exit_path, "with", with], lines);
    }
    assert_eq!(rows.next(), None);
}

fn check_clean(row: &[String], [exit_path, variant, status]: [&str; 3], lines: usize) {
    assert_eq!(
        row,
        [exit_path, variant, "clean", &format!("{lines} of {lines}"), "gone", "gone", status]
    );
}

/// The number of missing log lines depends on the scheduler. Some are always missing.
fn check_left(row: &[String], [exit_path, variant, status]: [&str; 3], lines: usize) {
    let written = row[3]
        .strip_suffix(&format!(" of {lines}"))
        .and_then(|written| written.parse::<usize>().ok());
    assert!(written.is_some_and(|written| written < lines), "{row:?}");
    assert_eq!(row, [exit_path, variant, "repaired", &row[3], "left", "left", status]);
}

#[test]
fn exitmacro_cleans_up_on_every_exit_path_that_can_be_handled() {
    let lock_file =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock")).unwrap();
    // On a busy machine the stall of the disk may end before the child has ended.
    exitmacro_testing::despite_load(|| check(&showcase(None), lock_file.lines().count()));
}

#[test]
fn any_file_can_be_ingested() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("poem");
    std::fs::write(&file, b"not all \xff\xfe of it\nis text,\n\nand the last line has no end")
        .unwrap();
    exitmacro_testing::despite_load(|| check(&showcase(Some(&file)), 4));
}

#[test]
fn file_that_cannot_be_read_is_named() {
    let output = showcase(Some(Path::new("no-such-file")));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "showcase: cannot read no-such-file: No such file or directory (os error 2)\n"
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
}
