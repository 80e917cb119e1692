//! How the programs of the recipes end: as their first argument names.

use std::{env, thread};

/// The argument for a program that a signal ends.
pub const SIGNAL: &str = "signal";

/// What a program says that waits for one.
pub const WAITING: &str = "waiting for a signal";

/// Ends the program as the first argument names. For `return`, the default, `main` returns.
///
/// # Panics
///
/// For the argument `panic`, and for an unknown one.
pub fn end() {
    end_saying(|text| println!("{text}"));
}

/// The same, for a program that does not print to stdout that it waits.
///
/// # Panics
///
/// As [`end`].
pub fn end_saying(say: fn(&str)) {
    match env::args().nth(1).as_deref().unwrap_or("return") {
        "return" => {}
        "exit" => std::process::exit(3),
        "panic" => panic!("out of ink"),
        SIGNAL => {
            say(WAITING);
            // Never returns, so that only the handlers can clean up.
            loop {
                thread::park();
            }
        }
        other => panic!("unknown exit path: {other}"),
    }
}
