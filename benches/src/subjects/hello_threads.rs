//! Nothing at exit, in a program that imports what starting a thread needs.

fn main() {
    exitmacro_benches::hello_that_can_start_threads();
}
