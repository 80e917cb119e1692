//! `examples/README.md`: each of its commands names a program, a test or a benchmark that exists,
//! and each of its links a file.

use super::{path, read};

/// The cells of each row.
fn rows(page: &str) -> Vec<Vec<&str>> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|row| row.split(" | ").collect())
        .skip(1)
        .collect()
}

/// The folder of the member of the workspace with this name.
fn folder_of(package: &str) -> Option<String> {
    let manifest = read("Cargo.toml");
    let (_, members) = manifest.split_once("members = [").expect("it is a workspace");
    let (members, _) = members.split_once(']').expect("the list ends");
    let is_package = |folder: &&str| {
        let name = format!("[package]\nname = \"{package}\"\n");
        read(&format!("{folder}/Cargo.toml")).contains(&name)
    };
    members.split('"').skip(1).step_by(2).find(is_package).map(str::to_owned)
}

/// Whether the package in this folder has a program or a test with this name.
fn has_target(folder: &str, kind: &str, name: &str) -> bool {
    let sources = match kind {
        "--bench" => "benches",
        "--bin" => "src/bin",
        "--example" => "examples",
        "--test" => "tests",
        _ => return false,
    };
    let is_file = |file: String| path(&file).is_file();
    is_file(format!("{folder}/{sources}/{name}.rs"))
        || is_file(format!("{folder}/{sources}/{name}/main.rs"))
        || read(&format!("{folder}/Cargo.toml"))
            .contains(&format!("[[{}]]\nname = \"{name}\"\n", kind.trim_start_matches('-')))
}

/// What is wrong with a command, if anything is.
fn fault(command: &str) -> Option<&'static str> {
    let words: Vec<_> = command.split(' ').collect();
    let ["cargo", verb, option, package, kind, name, ..] = words[..] else {
        return Some("it is not `cargo run -p PACKAGE --bin NAME` or the like");
    };
    let folder = match option {
        "-p" => folder_of(package),
        // A package that is no member of the workspace.
        "--manifest-path" if path(package).is_file() => {
            package.strip_suffix("/Cargo.toml").map(str::to_owned)
        }
        _ => None,
    };
    let fits = match verb {
        "bench" | "test" => kind.strip_prefix("--") == Some(verb),
        "run" => ["--bin", "--example"].contains(&kind),
        _ => false,
    };
    if !fits {
        return Some("its verb does not fit its target");
    }
    let Some(folder) = folder else { return Some("there is no such package") };
    (!has_target(&folder, kind, name)).then_some("there is no such program or test")
}

#[test]
fn each_command_names_a_program_that_exists() {
    let page = read("examples/README.md");
    let rows = rows(&page);
    assert!(rows.len() > 20, "{} rows", rows.len());
    for row in rows {
        let [_, _, command, _] = row[..] else { panic!("{} cells: {row:?}", row.len()) };
        let command = command.strip_prefix('`').and_then(|command| command.strip_suffix('`'));
        let command = command.unwrap_or_else(|| panic!("no command: {row:?}"));
        assert_eq!(fault(command), None, "{command}");
    }
}

#[test]
fn each_link_names_a_file() {
    for row in rows(&read("examples/README.md")) {
        let files: Vec<_> =
            row[1].split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        assert!(!files.is_empty(), "no recipe: {row:?}");
        for file in files {
            assert!(path("examples").join(file).is_file(), "{file} does not exist");
        }
    }
}

#[test]
fn a_wrong_command_is_found() {
    assert_eq!(fault("cargo run -p exitmacro-examples --bin order"), None);
    for (command, found) in [
        (
            "cargo run --manifest-path examples/none/Cargo.toml --bin order",
            "there is no such package",
        ),
        ("cargo run --bin order", "it is not `cargo run -p PACKAGE --bin NAME` or the like"),
        ("cargo test -p exitmacro-examples --bin order", "its verb does not fit its target"),
        (
            "cargo test -p exitmacro-bench-fixture --bench orders",
            "its verb does not fit its target",
        ),
        ("cargo run -p exitmacro-example --bin order", "there is no such package"),
        ("cargo run -p exitmacro-examples --bin ordre", "there is no such program or test"),
        ("cargo test -p exitmacro-examples --test order", "there is no such program or test"),
    ] {
        assert_eq!(fault(command), Some(found), "{command}");
    }
}
