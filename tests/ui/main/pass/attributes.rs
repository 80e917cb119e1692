//! Other attributes keep their meaning.

#![deny(missing_docs, dead_code)]

/// Where the program starts.
#[cfg(all())]
#[cfg_attr(all(), exitmacro::main, allow(unused_variables))]
#[inline(never)]
#[must_use]
pub fn main() -> std::process::ExitCode {
    let unused = 5;
    std::process::ExitCode::SUCCESS
}
