//! The plan and what the handlers print have the order that the edges ask for. The handler of a
//! part that is not named is absent.

use exitmacro_testing::{BUILD_LIMIT, output_within, without_flags_of_outer_build};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Always the same one, so that what was built is found again.
const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/large_workspace");

/// Where other tests of this repository compile the same crates.
const BUILD_FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/build");

fn write_workspace() {
    let mut writer = Command::new(env!("CARGO_BIN_EXE_large_workspace"));
    let written = exitmacro_testing::output(writer.arg(FOLDER));
    assert!(written.status.success(), "{written:?}");
    // The versions that the workspace of this repository uses.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    fs::copy(lock, Path::new(FOLDER).join("Cargo.lock")).expect("it can be copied");
}

fn cargo(words: &[&str]) -> Output {
    let mut cargo = Command::new(env!("CARGO"));
    without_flags_of_outer_build(&mut cargo)
        .args(words)
        .current_dir(FOLDER)
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_BUILD_BUILD_DIR", BUILD_FOLDER)
        .env("CARGO_TARGET_DIR", Path::new(FOLDER).join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "false");
    output_within(BUILD_LIMIT, &mut cargo)
}

#[track_caller]
fn printed(words: &[&str]) -> String {
    let output = cargo(words);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("plain text")
}

/// The two ends of each edge in the sources: what runs earlier, and what runs later.
fn edges() -> Vec<(String, String)> {
    let mut edges = Vec::new();
    for part in fs::read_dir(Path::new(FOLDER).join("parts")).expect("it is there") {
        let part = part.expect("it can be read");
        let name = part.file_name().into_string().expect("a plain name");
        let source = fs::read_to_string(part.path().join("src/lib.rs")).expect("it is there");
        let others = |kind: &str| {
            let others = source.split(kind).skip(1).filter_map(|rest| rest.split("::").next());
            others.map(str::to_owned).collect::<Vec<_>>()
        };
        edges.extend(others("before(").into_iter().map(|other| (name.clone(), other)));
        edges.extend(others("after(").into_iter().map(|other| (other, name.clone())));
    }
    edges
}

/// The parts whose handlers ran, in order. The plan, whose lines stand before, has them in the same
/// order.
#[track_caller]
fn parts_of_run_and_plan(stdout: &str) -> Vec<&str> {
    let run: Vec<_> = stdout.lines().filter(|line| line.starts_with("part_")).collect();
    let plan: Vec<_> =
        stdout.split_whitespace().filter_map(|word| word.strip_suffix("::close")).collect();
    assert_eq!(plan, run, "{stdout}");
    run
}

#[test]
fn handlers_of_30_crates_run_as_their_edges_ask_for() {
    write_workspace();
    let edges = edges();
    // 23 parts use another one, and five close after their neighbours.
    assert_eq!(edges.len(), 23 + 5);

    let stdout = printed(&["run", "--quiet"]);
    let parts = parts_of_run_and_plan(&stdout);
    assert_eq!((parts.len(), parts.contains(&"part_00")), (29, false), "it is not named");
    let test = cargo(&["test", "--quiet", "-p", "program"]);
    let stdout = String::from_utf8_lossy(&test.stdout);
    assert!(!test.status.success() && stdout.contains("part_00::close"), "{test:?}");

    let main = Path::new(FOLDER).join("program/src/main.rs");
    let source = fs::read_to_string(&main).expect("it is there");
    fs::write(&main, source.replace("// use part_00", "use part_00")).expect("it can be written");
    let stdout = printed(&["run", "--quiet"]);
    let parts = parts_of_run_and_plan(&stdout);
    assert_eq!(parts.len(), 30, "{stdout}");
    let places: HashMap<_, _> =
        parts.iter().enumerate().map(|(place, part)| (*part, place)).collect();
    for (earlier, later) in &edges {
        assert!(places[earlier.as_str()] < places[later.as_str()], "{earlier}, {later}: {stdout}");
    }
    printed(&["test", "--quiet", "-p", "program"]);

    let explained = printed(&["run", "--quiet", "--", "explain"]);
    assert!(explained.contains("priority 0, but after `part_22::close`"), "{explained}");
    let mut program = Command::new(Path::new(FOLDER).join("target/debug/program"));
    let traced = exitmacro_testing::output(program.env("EXITMACRO_LOG", "trace"));
    let stderr = String::from_utf8_lossy(&traced.stderr);
    assert!(stderr.contains("linked handlers: 30 (part_00 1, part_01 1, "), "{stderr}");
}
