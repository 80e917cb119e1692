//! Nothing at exit, in a program that can start threads: it imports what that takes.

fn main() {
    exitmacro_benches::hello_that_can_start_threads();
}
