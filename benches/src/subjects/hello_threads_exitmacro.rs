//! One handler, declared with `exitmacro`, in a program that imports what starting a thread needs.

#[exitmacro::at_exit]
fn handler() {
    exitmacro_benches::work();
}

fn main() {
    exitmacro_benches::hello_that_can_start_threads();
}
