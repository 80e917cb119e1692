//! `exitmacro` linked, nothing declared, in a program that imports what starting a thread needs.

use exitmacro as _;

fn main() {
    exitmacro_benches::hello_that_can_start_threads();
}
