//! What the programs of this package have in common: the first argument names how they end.

use std::{env, thread};

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
        "signal" => {
            println!("waiting for a signal");
            // Never returns, so that only the handlers can clean up.
            loop {
                thread::park();
            }
        }
        other => panic!("unknown exit path: {other}"),
    }
}
