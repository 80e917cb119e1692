//! Return types of `main`, and programs in which several functions have the attribute. The first
//! one that begins on the main thread of the process counts.

use crate::support::{Ended, Scenario, SingleFile};
use std::path::PathBuf;
use std::sync::OnceLock;

/// Compiles the fixture with one of its return types.
fn shape(shape: &str) -> Ended {
    let program = SingleFile::new("main_fn/shapes.rs", "2024")
        .naming_exitmacro("exitmacro")
        .arg("--check-cfg=cfg(shape, values(any()))");
    Scenario::of(&program.arg(&format!("--cfg=shape=\"{shape}\"")).program()).run()
}

#[test]
fn whatever_main_may_return_is_accepted() {
    // One after another, because they are compiled to the same file.
    for (name, code, stderr) in [
        ("unit", 0, ""),
        ("result", 1, "Error: ParseIntError { kind: InvalidDigit }\n"),
        ("result of nothing", 0, ""),
        ("exit code", 9, ""),
        ("impl", 11, ""),
        ("own", 12, "reported\n"),
        ("boxed", 1, "Error: \"no luck\"\n"),
    ] {
        println!("{name}");
        shape(name).assert(code, &format!("return, Some({code})\n"), stderr);
    }
    shape("never").assert(13, "exit, Some(13)\n", "");
    shape("infallible").assert(14, "exit, Some(14)\n", "");
}

fn several(which: &str) -> Ended {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| {
        SingleFile::new("main_fn/several_mains.rs", "2024").naming_tokio_and_exitmacro().program()
    });
    Scenario::of(program).arg(which).run()
}

#[test]
fn no_main_counts_before_it_begins() {
    several("none").assert(0, "none: 10s\nthe program goes on\nhandler: exit, Some(0)\n", "");
}

#[test]
fn mains_keep_their_types_and_return_to_their_callers() {
    several("one").assert(0, "one: 1s\nhandler: return, Some(0)\nthe program goes on\n", "");
    several("three").assert(1, "three: 3s\nhandler: return, Some(1)\n", "Error: \"no luck\"\n");
}

#[test]
fn mains_are_plain_functions_inside_the_first_one() {
    several("two").assert(7, "two: 2s\none: 2s\ntwo goes on\nhandler: return, Some(7)\n", "");
    several("four").assert(
        0,
        "three: 4s\nfour: 4s, Err(\"no luck\")\nhandler: return, Some(0)\nthe program goes on\n",
        "",
    );
}

#[test]
fn mains_are_plain_functions_when_they_are_called_again() {
    several("again").assert(
        0,
        "five\nfive\nthe inner five has ended: true\nhandler: return, Some(0)\n\
         the program goes on\n",
        "",
    );
}

#[test]
fn mains_are_plain_functions_on_other_threads() {
    several("on a thread").assert(0, "one: 10s\nthe program goes on\nhandler: exit, Some(0)\n", "");
}

#[test]
fn mains_of_doctests_may_share_a_program() {
    let said = SingleFile::doctests("main_fn/documented.rs", "2024");
    assert!(said.contains("test result: ok. 2 passed"), "{said}");
}
