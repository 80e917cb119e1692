//! Times the exit with one handler, declared with `exitmacro`.

#[exitmacro::at_exit]
fn handler() {
    exitmacro_benches::work();
}

fn main() {
    exitmacro_benches::time_exit();
}
