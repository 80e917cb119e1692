//! Runs every program of `src/bin` and compares what it prints, and its status, with the comment at
//! its top.

use std::fs;
use std::process::Command;

exitmacro_testing::isolate!();

macro_rules! programs {
    ($($name:ident)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        $(#[test]
        fn $name() {
            compare(env!(concat!("CARGO_BIN_EXE_", stringify!($name))), &source(stringify!($name)));
        })*
    };
}

programs! {
    become_a_daemon
    clean_up_on_signal
    close_a_pool
    close_at_the_same_time
    close_connections
    crash_safe
    deadline
    error_and_panic
    exit_from_anywhere
    flush_log
    graceful_shutdown
    order
    plan_and_report
    register_at_run_time
    remove_temp_dir
    scope_guard
    worker_threads
}

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin");

/// The file with the comment. A program of several files has a folder.
fn source(name: &str) -> String {
    fs::read_to_string(format!("{FOLDER}/{name}.rs"))
        .or_else(|_| fs::read_to_string(format!("{FOLDER}/{name}/main.rs")))
        .unwrap()
}

#[test]
fn every_program_is_compared() {
    let mut files: Vec<_> =
        fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let names: Vec<_> =
        files.iter().map(|file| file.file_stem().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, NAMES);
}

fn compare(program: &str, source: &str) {
    let output = exitmacro_testing::output(&mut Command::new(program));
    let text = |bytes| steady(&String::from_utf8(bytes).unwrap());
    assert_eq!(text(output.stdout), steady(&block(source, "Output:")));
    assert_eq!(text(output.stderr), steady(&block(source, "Errors:")));
    assert_eq!(output.status.code(), Some(status(source)));
}

/// The comment at the top.
fn header(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
}

/// The block of text under a title, empty without that title. A line that ends with `\` continues
/// on the next one.
fn block(source: &str, title: &str) -> String {
    let lines =
        header(source).skip_while(|line| *line != title).skip(2).take_while(|line| *line != "```");
    lines
        .flat_map(|line| line.strip_suffix('\\').map_or([line, "\n"], |start| [start, ""]))
        .collect()
}

/// The status after `Status: `, by default 0.
fn status(source: &str) -> i32 {
    header(source)
        .find_map(|line| line.strip_prefix("Status: "))
        .map_or(0, |code| code.parse().unwrap())
}

/// Replaces what differs from run to run: durations, and with them the width of columns; the id of
/// a thread that panics; and the empty line before such a message, which some versions of std
/// print.
fn steady(text: &str) -> String {
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| steady_line(&line.replace('\\', "/")) + "\n")
        .collect()
}

fn steady_line(line: &str) -> String {
    let words = line.split_whitespace().filter(|word| !is_thread_id(word));
    words.map(|word| if is_duration(word) { "_" } else { word }).collect::<Vec<_>>().join(" ")
}

/// Only durations with a decimal point were measured; `10s` is a configured limit.
fn is_duration(word: &str) -> bool {
    let number = word.trim_end_matches(':').trim_end_matches(['n', 'µ', 'm', 's']);
    number.len() < word.len() && number.contains('.') && number.parse::<f64>().is_ok()
}

fn is_thread_id(word: &str) -> bool {
    word.strip_prefix('(')
        .and_then(|word| word.strip_suffix(')'))
        .is_some_and(|id| id.parse::<u64>().is_ok())
}
