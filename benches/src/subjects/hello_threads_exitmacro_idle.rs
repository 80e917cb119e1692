//! `exitmacro` linked, nothing declared, in a program that can start threads: it imports what that
//! takes.

use exitmacro as _;

fn main() {
    exitmacro_benches::hello_that_can_start_threads();
}
