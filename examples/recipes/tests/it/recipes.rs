//! The recipes that need no terminal.

use crate::harness::{EXIT_PATHS, WITHOUT, check_every_way, compare, program, run};
use exitmacro_testing::despite_load;
use std::fs;
use std::path::Path;
use std::process::Command;

const COMMAND_LINE: &str = env!("CARGO_BIN_EXE_command_line");

#[test]
fn command_line_program_prints_its_documented_output() {
    compare(&mut Command::new(COMMAND_LINE), include_str!("../../src/bin/command_line.rs"));
}

#[test]
fn handlers_run_when_clap_ends_the_program() {
    let ended = run(Command::new(COMMAND_LINE).arg("--coqies"));
    assert_eq!(
        (ended.code, ended.stdout.as_str(), ended.stderr.as_str()),
        (
            2,
            "the log has ended: exit, Some(2)\n",
            "error: unexpected argument '--coqies' found\n\n\
             Usage: command_line [OPTIONS]\n\nFor more information, try '--help'.\n"
        )
    );
    let ended = run(Command::new(COMMAND_LINE).arg("--help"));
    assert!(ended.stdout.starts_with("Prints orders\n"), "{ended:?}");
    assert!(ended.stdout.ends_with("the log has ended: exit, Some(0)\n"), "{ended:?}");
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let ended = run(Command::new(COMMAND_LINE).args(["--copies", "0"]));
    assert_eq!(
        (ended.code, ended.stdout.as_str(), ended.stderr.as_str()),
        (3, "0 copies\nthe log has ended: exit, Some(3)\n", "")
    );
}

/// The orders that were printed, in order of their numbers.
fn printed(stdout: &str) -> Vec<u32> {
    let mut orders: Vec<_> = stdout.lines().filter_map(|line| line.parse().ok()).collect();
    orders.sort_unstable();
    orders
}

#[test]
fn both_queues_are_drained() {
    let queues = |exit_path| program(env!("CARGO_BIN_EXE_queues"), exit_path, Path::new("/"));
    let all: Vec<_> = (0..200).collect();
    for &(exit_path, code) in EXIT_PATHS {
        let ended = run(&mut queues(exit_path));
        assert_eq!((ended.code, printed(&ended.stdout)), (code, all.clone()), "{exit_path}");
    }
    // Where `main` waits for a processor, the workers may have finished.
    despite_load(|| {
        let ended = run(queues("exit").env(WITHOUT.0, WITHOUT.1));
        assert_eq!(ended.code, 3, "{ended:?}");
        assert!(printed(&ended.stdout).len() < all.len(), "orders are lost: {ended:?}");
    });
}

/// What the program finds in its database after a run that ended on this exit path.
fn orders_after(path: &str, exit_path: &str, code: i32, change: impl Fn(&mut Command)) -> String {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let database = folder.path().join("orders");
    let mut first = program(path, exit_path, &database);
    change(&mut first);
    let first = run(&mut first);
    assert!(first.stdout.starts_with("orders: 0\n"), "{first:?}");
    assert_eq!(first.code, code, "{exit_path}: {first:?}");
    let second = run(&mut program(path, "return", &database));
    assert_eq!((second.code, second.stderr.as_str()), (0, ""), "{exit_path}");
    second.stdout
}

#[track_caller]
fn assert_keeps_all_orders(path: &str) {
    for &(exit_path, code) in EXIT_PATHS {
        assert_eq!(orders_after(path, exit_path, code, |_| {}), "orders: 3\n", "{exit_path}");
    }
    let without = orders_after(path, "exit", 3, |first| _ = first.env(WITHOUT.0, WITHOUT.1));
    assert_eq!(without, "orders: 0\n", "without handlers they are lost");
}

#[test]
fn sled_has_all_orders() {
    assert_keeps_all_orders(env!("CARGO_BIN_EXE_sled_database"));
}

#[test]
fn fjall_has_all_orders() {
    assert_keeps_all_orders(env!("CARGO_BIN_EXE_fjall_database"));
}

#[test]
fn heap_profile_is_written() {
    const PROFILE: &str = "dhat-heap.json";
    // The bytes of the one large allocation.
    let is_counted = |folder: &Path| {
        let profile = fs::read_to_string(folder.join(PROFILE)).unwrap_or_default();
        profile.trim_end().ends_with('}') && profile.contains("\"tb\": 123456")
    };
    check_every_way(env!("CARGO_BIN_EXE_heap_profile"), &true, is_counted);
}

#[test]
fn statistics_of_the_allocator_are_printed_once_and_after_the_other_handlers() {
    const LINE: &str = "peak rss";
    for &(exit_path, code) in EXIT_PATHS {
        let ended = run(&mut program(
            env!("CARGO_BIN_EXE_allocator_statistics"),
            exit_path,
            Path::new("/"),
        ));
        assert_eq!(ended.code, code, "{exit_path}: {ended:?}");
        assert!(ended.stdout.ends_with("ink, paper\n"), "{exit_path}: {ended:?}");
        let lines = ended.stderr.lines().filter(|line| line.contains(LINE)).count();
        assert_eq!(lines, 1, "{exit_path}: {ended:?}");
    }
    let mut without = program(env!("CARGO_BIN_EXE_allocator_statistics"), "exit", Path::new("/"));
    let without = run(without.env(WITHOUT.0, WITHOUT.1));
    assert_eq!((without.code, without.stderr.contains(LINE)), (3, false), "{without:?}");
}
