//! The guide: short pages, which link to the items that they explain, and are linked from there.

use super::{files, path, read, words};
use std::fs;
use std::path::Path;

const PAGES: [&str; 14] = [
    "async_handlers",
    "daemons",
    "environment",
    "exit_status",
    "limits",
    "orchestrators",
    "order",
    "plugins",
    "quick_starts",
    "signals",
    "start",
    "tests",
    "values",
    "why_not",
];

/// The links of a text to items of the crate, without the kind of the item.
fn links(text: &str) -> Vec<&str> {
    text.split("crate::")
        .skip(1)
        .filter_map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').next()
        })
        .map(|link| link.trim_end_matches(':'))
        .collect()
}

/// The documentation outside of the guide: comments and the pages that items include, with the
/// names of the items that it may belong to.
fn documentation(folder: &Path, blocks: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() && !path.ends_with("guide") {
            documentation(&path, blocks);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("it is UTF-8");
            blocks.extend(blocks_of(&source, path.file_stem().expect("it has one")));
        }
    }
}

/// Each comment of documentation, with the line of its item: for `//!`, the name of the module.
fn blocks_of(source: &str, module: &std::ffi::OsStr) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut comment = String::new();
    let mut inner = String::new();
    for line in source.lines().map(str::trim_start) {
        if let Some(text) = line.strip_prefix("//!") {
            inner.push_str(text);
        } else if let Some(text) = line.strip_prefix("///") {
            comment.push_str(text);
        } else if !line.starts_with("#[") && !comment.is_empty() {
            blocks.push((line.to_owned(), std::mem::take(&mut comment)));
        }
    }
    blocks.push((format!("mod {}", module.to_string_lossy()), inner));
    blocks
}

fn all_documentation() -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    documentation(&path("exitmacro/src"), &mut blocks);
    for (page, item) in [
        ("at-exit", "at_exit"),
        ("main", "main"),
        ("config", "config"),
        ("cleanup", "AtExitCleanup"),
    ] {
        blocks.push((format!("use {item}"), read(&format!("exitmacro/docs/{page}.md"))));
    }
    // `resource/mod.rs` is the module `resource`.
    blocks.push(("mod resource".to_owned(), read("exitmacro/src/resource/mod.rs")));
    blocks
}

/// Whether the line of an item names it.
fn is_of(line: &str, name: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

#[test]
fn it_has_these_pages() {
    let expected = PAGES.map(|page| format!("exitmacro/src/guide/{page}.md"));
    assert_eq!(files("exitmacro/src/guide", ".md"), expected);
    let modules = read("exitmacro/src/guide/mod.rs");
    for page in PAGES {
        assert!(modules.contains(&format!("pub mod {page} {{}}")), "{page} is no module");
        assert!(modules.contains(&format!("| [`{page}`] |")), "{page} is not in the table");
    }
}

#[test]
fn each_page_is_shorter_than_600_words() {
    for page in PAGES {
        let words = words(&read(&format!("exitmacro/src/guide/{page}.md")));
        assert!(words < 600, "guide/{page}.md has {words} words");
        assert!(words > 100, "guide/{page}.md has {words} words");
    }
}

#[test]
fn each_page_is_linked_from_an_item_that_it_links_to() {
    let documentation = all_documentation();
    for page in PAGES {
        let text = read(&format!("exitmacro/src/guide/{page}.md"));
        let back = format!("guide::{page}");
        let both_ways: Vec<_> = links(&text)
            .into_iter()
            .filter(|link| !link.starts_with("guide"))
            .filter_map(|link| link.rsplit("::").next())
            .filter(|name| {
                documentation
                    .iter()
                    .any(|(line, docs)| is_of(line, name) && links(docs).contains(&back.as_str()))
            })
            .collect();
        assert!(!both_ways.is_empty(), "no item links to guide/{page}.md and is linked from there");
    }
}
