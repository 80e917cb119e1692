//! Nothing at exit.

fn main() {
    exitmacro_benches::hello();
}
