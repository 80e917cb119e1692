//! A run that takes long, in a program that draws by itself. Its handler waits until a byte arrives
//! on stdin.

use exitmacro::at_exit;
use std::io::Read;

#[at_exit(timeout = "40s")]
fn wait() {
    println!("running");
    _ = std::io::stdin().read(&mut [0]);
}

#[exitmacro::main(status = off)]
fn main() {}
