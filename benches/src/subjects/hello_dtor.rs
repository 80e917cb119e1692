//! One handler, declared with `dtor`.

#[dtor::dtor(unsafe)]
fn handler() {
    exitmacro_benches::work();
}

fn main() {
    exitmacro_benches::hello();
}
