//! The page of quick starts: each project is built from the page, and its command prints what the
//! page says.

use crate::support::{Project, normalized};
use std::fs;
use std::path::Path;

/// A section of the page.
#[derive(Default)]
struct Start {
    project: Project,
    command: String,
    printed: String,
}

/// What each line of the page belongs to.
enum Place<'a> {
    Text,
    Setup,
    File(&'a str, String),
    Console,
}

fn page() -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../exitmacro/src/guide");
    fs::read_to_string(guide.join("quick_starts.md")).expect("the page is there")
}

impl Start {
    /// Reads the section below this heading.
    #[track_caller]
    fn of(heading: &str) -> Self {
        let page = page();
        let (_, section) = page.split_once(&format!("\n{heading}\n")).expect("it has this heading");
        let mut start = Self::default();
        let mut place = Place::Text;
        let mut file = None;
        for line in section.lines() {
            place = match (place, line) {
                (Place::Text, line) if line.starts_with('#') => break,
                (Place::Text, "```sh") => Place::Setup,
                (Place::Text, "```console") => Place::Console,
                (Place::Text, line) if line.starts_with("```") => {
                    Place::File(file.take().expect("the line above names a file"), String::new())
                }
                (Place::Text, line) => {
                    // `path`: or `path`, at its end:
                    file = line.strip_prefix('`').filter(|_| line.ends_with(':')).or(file);
                    Place::Text
                }
                (Place::File(path, text), "```") => {
                    let path = path.split_once('`').expect("the path ends").0;
                    start.project.file(path, &text);
                    Place::Text
                }
                (_, "```") => Place::Text,
                (Place::Setup, line) => {
                    start.set_up(line);
                    Place::Setup
                }
                // As in examples of documentation, for programs that are no tests.
                (file @ Place::File(..), line) if line.starts_with("# ") => file,
                (Place::File(path, text), line) => Place::File(path, text + line + "\n"),
                (Place::Console, line) => {
                    match line.strip_prefix("$ ") {
                        Some(command) => start.command.push_str(command),
                        None => start.printed.extend([line, "\n"]),
                    }
                    Place::Console
                }
            };
        }
        start.project.finish();
        start
    }

    #[track_caller]
    fn set_up(&mut self, line: &str) {
        if let Some(arguments) = line.strip_prefix("cargo add ") {
            self.project.add(arguments);
        } else {
            let (new, folder) = line.split_once(" && cd ").expect("it begins with `cargo new`");
            assert_eq!(new.trim_start_matches("cargo new ").trim_start_matches("--lib "), folder);
            self.project = Project::new(folder);
        }
    }

    #[track_caller]
    fn assert_prints(&self) {
        assert!(!self.command.is_empty() && self.printed.lines().count() > 0);
        let printed = self.project.shell(&self.command);
        assert_eq!(normalized(&printed), normalized(&self.printed), "{}", self.command);
    }
}

#[test]
fn a_command_line_tool() {
    Start::of("# A command-line tool").assert_prints();
}

#[test]
fn a_tokio_service() {
    // The command ends the service after two seconds.
    crate::support::despite_load(|| Start::of("# A tokio service").assert_prints());
}

#[test]
fn a_library() {
    Start::of("# A library").assert_prints();
}

#[test]
fn a_test_suite() {
    Start::of("# A test suite").assert_prints();
}

#[test]
fn a_plugin() {
    Start::of("# A plugin").assert_prints();
}

/// An extension needs a program, and crates that nothing else here uses.
#[track_caller]
fn assert_extends(heading: &str, program: &str, package: &str) {
    let start = Start::of(heading);
    if !exitmacro_testing::has_program(program) {
        let lacks = format!("`{program}` is not here");
        return exitmacro_testing::left_out(&lacks, &format!("package `{package}`"));
    }
    if !start.project.has_sources() {
        return exitmacro_testing::left_out("its dependencies are not here", "`cargo fetch`");
    }
    start.assert_prints();
}

#[test]
fn an_extension_of_python() {
    assert_extends("## For Python", "python3", "python3");
}

#[test]
fn an_extension_of_node() {
    assert_extends("## For Node", "node", "nodejs");
}

#[test]
fn each_command_of_the_page_has_a_test() {
    assert_eq!(page().matches("```console").count(), 7, "one of them is not tested above");
}
