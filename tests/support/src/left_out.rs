//! Tools that a test needs and the machine may lack.

use std::env;
use std::io::{self, Write};
use std::thread;

/// With this variable, a test that lacks its tool fails.
const NEED_ALL: &str = "EXITMACRO_TESTS_NEED_ALL";

/// Reports in one line on stderr what this test lacks, and which Debian package provides it. The
/// test then returns, and passes.
///
/// ```text
/// left out: <the path of the test>: `ld.mold` is not here; package `mold`
/// ```
///
/// # Panics
///
/// When `EXITMACRO_TESTS_NEED_ALL` is set, as `.ci/run` does, which installs all packages.
#[track_caller]
pub fn left_out(lacks: &str, package: &str) {
    let test = thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("left out: {test}: {lacks}; {package}");
    assert!(env::var_os(NEED_ALL).is_none(), "{line}");
    // Not by `eprintln!`, whose text libtest shows only when a test fails. In one piece, because
    // tests run at the same time.
    _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Whether the search path has a program of that name.
#[must_use]
pub fn has_program(name: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}
