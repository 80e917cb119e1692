//! The pages of the macros describe every argument: its default, an example, and the error that a
//! wrong value gets. The examples are compiled and run as tests of documentation.

use super::{files, on_one_line, read};

/// The arguments of a macro, as its own error lists them.
fn arguments(folder: &str, macro_name: &str) -> Vec<String> {
    let errors = read(&format!("{folder}/unknown_argument.stderr"));
    let start = format!("error: expected a `{macro_name}` argument, one of ");
    let list = errors
        .lines()
        .map(|line| line.replace("expected an ", "expected a "))
        .find_map(|line| Some(line.strip_prefix(&start)?.to_owned()))
        .expect("an error lists the arguments");
    list.split(", ").map(|name| name.trim_matches('`').to_owned()).collect()
}

/// The messages of the errors that the tests of messages expect.
fn messages(folders: &[&str]) -> Vec<String> {
    let mut messages = Vec::new();
    for file in folders.iter().flat_map(|folder| files(folder, ".stderr")) {
        for line in read(&file).lines().filter(|line| line.starts_with("error")) {
            messages.push(line.split_once(": ").expect("it has a message").1.to_owned());
        }
    }
    messages
}

/// The part of a page below the heading of an argument.
fn section<'a>(page: &'a str, argument: &str) -> &'a str {
    let heading = format!("\n## `{argument}`\n");
    let (_, rest) =
        page.split_once(&heading).unwrap_or_else(|| panic!("no heading for `{argument}`"));
    let end = rest.find("\n\n## ").into_iter().chain(rest.find("\n\n# ")).min();
    &rest[..end.unwrap_or(rest.len())]
}

fn assert_described(page: &str, folder: &str, macro_name: &str) {
    let page = read(page);
    // The values of a duration have one list of messages.
    let messages = messages(&[folder, "tests/ui/at_exit"]);
    let arguments = arguments(folder, macro_name);
    assert!(arguments.len() > 8, "{arguments:?}");
    for argument in arguments {
        let section = section(&page, &argument);
        assert!(section.contains("default"), "no default of `{argument}`");
        assert!(section.contains("\n```rust"), "no example of `{argument}`");
        let text = on_one_line(section);
        let quoted = |message: &String| text.contains(&format!("\"{}", on_one_line(message)));
        assert!(messages.iter().any(quoted), "no error of `{argument}` that a test expects");
    }
}

#[test]
fn every_argument_of_at_exit_has_its_default_an_example_and_an_error() {
    assert_described("exitmacro/docs/at-exit.md", "tests/ui/at_exit", "at_exit");
}

#[test]
fn every_argument_of_main_has_its_default_an_example_and_an_error() {
    assert_described("exitmacro/docs/main.md", "tests/ui/main", "main");
}

#[test]
fn every_argument_of_the_derive_has_its_default_an_example_and_an_error() {
    assert_described("exitmacro/docs/cleanup.md", "tests/ui/cleanup", "cleanup");
}

#[test]
fn every_argument_of_config_is_a_link_to_that_of_main() {
    let page = read("exitmacro/docs/config.md");
    for argument in arguments("tests/ui/config", "config") {
        let link = format!("[`{argument}`](macro@crate::main#{argument})");
        assert!(page.contains(&link), "no link to `{argument}`");
    }
}

/// A method of the trait that the derive does not know could be named by `with`, and call itself.
#[test]
fn the_derive_knows_the_methods_of_its_trait() {
    let declared = read("exitmacro/src/resource/cleanup/value.rs");
    let (_, body) = declared.split_once("\npub trait AtExitCleanup").expect("it is there");
    let (body, _) = body.split_once("\n}\n").expect("it ends");
    let mut methods: Vec<_> = body
        .lines()
        .filter_map(|line| line.strip_prefix("    fn "))
        .filter_map(|line| line.split(['(', '<']).next())
        .collect();
    let list = read("exitmacro-derive/src/emit/rival.rs");
    let (_, list) = list.split_once("const OF_THE_TRAIT").expect("it is there");
    let (list, _) = list.split_once("];").expect("it ends");
    let mut known: Vec<_> = list
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","))
        .collect();
    methods.sort_unstable();
    known.sort_unstable();
    assert!(methods.contains(&"cleanup"));
    assert_eq!(methods, known);
}
