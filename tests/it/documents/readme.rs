//! README.md: its length, its copy, its program, and that nothing in it is a bare path.

use super::{path, read, words};
use crate::support::{normalized, scenario};
use std::fs;

/// The text of the first code block with this head.
fn block<'a>(page: &'a str, head: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("```{head}\n")).expect("it has such a block");
    rest.split_once("```\n").expect("the block ends").0
}

#[test]
fn it_has_at_most_900_words() {
    let words = words(&read("README.md"));
    assert!(words <= 900, "README.md has {words} words");
    assert!(words > 400, "README.md has {words} words");
}

#[test]
fn the_crate_has_the_same() {
    let copies = ["README.md", "docs/shutdown.svg"];
    for copy in copies {
        let (one, other) = (fs::read(path(copy)), fs::read(path("exitmacro").join(copy)));
        assert!(one.expect("it is there") == other.expect("it is there"), "{copy} differs");
    }
}

#[test]
fn its_links_work_on_docs_rs_and_on_the_forge() {
    let manifest = read("Cargo.toml");
    let repository = manifest
        .lines()
        .find_map(|line| line.strip_prefix("repository = \"")?.strip_suffix('"'))
        .expect("the manifest names the repository");
    let readme = read("README.md");
    let definitions: Vec<_> =
        readme.lines().filter(|line| line.starts_with('[') && line.contains("]: ")).collect();
    assert!(definitions.len() > 20, "{definitions:#?}");
    for line in definitions {
        let (_, target) = line.split_once("]: ").expect("it has a target");
        if let Some(file) = target.strip_prefix(repository) {
            let file = file.strip_prefix("/blob/main/").or(file.strip_prefix("/tree/main/"));
            let file = file.unwrap_or_else(|| panic!("no file: {line}"));
            assert!(path(file).exists(), "{file} is not in the repository");
        } else {
            // `.ci/docs` looks for the page.
            assert!(target.starts_with("https://docs.rs/exitmacro/latest/exitmacro/"), "{line}");
        }
    }
    assert!(!readme.contains("](#") && !readme.contains("](crate"), "a link works on one of them");
}

#[test]
fn its_program_prints_what_it_says() {
    let readme = read("README.md");
    let source = read("tests/src/bin/readme.rs");
    let (head, program) = source.split_once("\n\n").expect("a comment, and the program");
    assert_eq!(program, block(&readme, "rust,standalone_crate"));

    let ended = scenario!("readme").run();
    let lines = head.lines().count() + 1;
    let handler = program.lines().position(|line| line.contains("fn close_database"));
    let handler = handler.expect("it is there") + 1;
    let (out, rest) = ended.stdout.split_once('\n').expect("two lines");
    let stderr = ended
        .stderr
        .replace("tests/src/bin/readme.rs", "src/main.rs")
        .replace(&format!("main.rs:{}", handler + lines), &format!("main.rs:{handler}"));
    let printed = format!("{out}\n{stderr}{rest}");
    let expected = block(&readme, "text").replace("app::", "readme::");
    assert_eq!((ended.code(), normalized(&printed)), (0, normalized(&expected)));
}
