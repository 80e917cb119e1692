//! The README, the guide, the page beside Python, the table of recipes, and the documentation of
//! the macros.

mod beside_python;
mod guide;
mod macros;
mod readme;
mod recipes;

use std::fs;
use std::path::{Path, PathBuf};

/// A path in the repository.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it has a parent").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The paths of the files in a folder whose names have this ending.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(path(folder))
        .unwrap_or_else(|error| panic!("{folder}: {error}"))
        .map(|entry| entry.expect("it can be read").file_name().into_string().expect("it is UTF-8"))
        .filter(|name| name.ends_with(ending))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    files.sort();
    files
}

/// How many words a reader reads. Code blocks, marks such as `|` and definitions of links do not
/// count.
fn words(page: &str) -> usize {
    let mut is_code = false;
    page.lines()
        .filter(|line| {
            let is_fence = line.starts_with("```");
            is_code ^= is_fence;
            let is_definition = line.starts_with('[') && line.contains("]: ");
            !(is_code || is_fence || is_definition)
        })
        .flat_map(str::split_whitespace)
        .filter(|word| word.contains(char::is_alphanumeric))
        .count()
}

/// The text on one line, as rustc prints a message.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn code_blocks_marks_and_definitions_of_links_are_no_words() {
    assert_eq!(words("# One `two`\n\n| 3 | – |\n[four]: x\n```rust\nfn five() {}\n```\nfour"), 4);
}
