//! The page beside Python names examples that exist.

use super::{path, read};

/// The rows of the first table that name examples, by their last cell.
fn examples(page: &str) -> Vec<&str> {
    page.lines()
        .skip_while(|line| !line.starts_with("| subject |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.trim_end_matches(" |").rsplit("| ").next())
        .flat_map(|cell| cell.split(", "))
        .map(|name| name.trim_matches('`'))
        .collect()
}

#[test]
fn each_example_is_there() {
    let page = read("exitmacro/docs/beside-python.md");
    let examples = examples(&page);
    assert!(examples.len() > 10, "{examples:?}");
    for example in examples {
        let folder = path("examples/src/bin");
        let is_there = folder.join(format!("{example}.rs")).exists()
            || folder.join(example).join("main.rs").exists();
        assert!(is_there, "there is no example `{example}`");
    }
}
