//! Declares nothing, and calls nothing of the crate.

#![forbid(unsafe_code, warnings)]

use exitmacro as _;

fn main() {
    println!("main");
    std::process::exit(3);
}
