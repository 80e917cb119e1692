//! How the programs of this package end: as their first argument names. The second one is where
//! they write or send to.

use std::{env, thread};

/// The second argument, or else `default`.
#[must_use]
pub fn destination(default: &str) -> String {
    env::args().nth(2).unwrap_or_else(|| default.to_owned())
}

/// Ends the program as the first argument names. For `return`, the default, `main` returns.
///
/// # Panics
///
/// For the argument `panic`, and for an unknown one.
pub fn end() {
    match env::args().nth(1).as_deref().unwrap_or("return") {
        "return" => {}
        "exit" => std::process::exit(3),
        "panic" => panic!("out of ink"),
        // Never returns, so that only the handlers can save what is left.
        "signal" => {
            eprintln!("waiting for a signal");
            loop {
                thread::park();
            }
        }
        other => panic!("unknown exit path: {other}"),
    }
}
