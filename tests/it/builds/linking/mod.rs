//! Handlers are collected in every kind of build, and in every kind of object.

use crate::support::{Build, Scenario};

mod builds;
#[cfg(target_os = "linux")]
mod linkers;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod shared_objects;
#[cfg(target_os = "linux")]
mod static_libraries;
mod test_programs;

/// What the fixture `program` prints: each of its handlers, in run order.
const EVERY_HANDLER: &str = "\
main file: exit, Some(7)
one file, module program::right
one file, module program::left
body of `main`
body of a function without a call
nested module
dependency of the dependency
dependency
exiting thread
";

/// Builds the fixture `program`, runs it, and returns the bytes of its file.
#[track_caller]
fn assert_collects(build: &Build) -> Vec<u8> {
    let program = build.program("program");
    Scenario::of(&program).run().assert(7, EVERY_HANDLER, "");
    std::fs::read(program).expect("the program can be read")
}
