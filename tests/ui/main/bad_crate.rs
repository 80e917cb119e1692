#[exitmacro::main(crate = "exitmacro")]
fn main() {}
