//! How the programs of this package end: as their first argument names. The second one is where
//! they write or send to.

use std::env;

/// The second argument, or else `default`.
#[must_use]
pub fn destination(default: &str) -> String {
    env::args().nth(2).unwrap_or_else(|| default.to_owned())
}

/// Ends the program as the first argument names, with its lines on stderr: stdout is for logs.
///
/// # Panics
///
/// For the argument `panic`, and for an unknown one.
pub fn end() {
    exitmacro_endings::end_saying(|text| eprintln!("{text}"));
}
