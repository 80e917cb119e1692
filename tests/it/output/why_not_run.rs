//! The page "Why did my handler not run?" quotes lines that the crate prints: they are in its
//! source.

use std::fs;
use std::path::Path;

/// All source files below a folder.
fn source(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            text.push_str(&source(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&joined(&fs::read_to_string(&path).expect("it is UTF-8")));
        }
    }
    text
}

/// Long texts are broken in the source, by `\` at the end of a line.
fn joined(source: &str) -> String {
    let mut parts = source.split("\\\n");
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |text, part| text + part.trim_start())
}

/// The texts in quotes that stand in the first column of the page's tables.
fn quotes(page: &str) -> Vec<&str> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter_map(|row| row.split(" | ").next())
        .flat_map(|cell| cell.split('"').skip(1).step_by(2))
        .collect()
}

/// What stands between the names, numbers and durations of a line.
fn fixed_parts(quote: &str) -> impl Iterator<Item = &str> {
    // A signal, a duration, and the verb before one are arguments of the line as well.
    ["SIGINT", " after ", "…"]
        .into_iter()
        .fold(vec![quote], |parts, argument| {
            parts.into_iter().flat_map(|part| part.split(argument)).collect()
        })
        .into_iter()
        .flat_map(|part| part.split(|c: char| c.is_ascii_digit()))
        .map(|part| part.strip_prefix("s ").unwrap_or(part).trim())
        .filter(|part| part.len() > 2)
}

#[test]
fn lines_that_the_page_quotes_are_lines_of_the_crate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it has a parent");
    let page = fs::read_to_string(root.join("exitmacro/docs/why-not-run.md")).expect("it is there");
    let source = source(&root.join("exitmacro/src"));
    let quotes = quotes(&page);
    assert!(quotes.len() > 10, "{quotes:#?}");
    let missing: Vec<_> = quotes
        .iter()
        .flat_map(|quote| fixed_parts(quote))
        .filter(|part| !source.contains(part))
        .collect();
    assert!(missing.is_empty(), "no line of the crate has this: {missing:#?}");
}
