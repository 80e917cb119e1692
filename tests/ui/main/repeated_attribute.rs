#[exitmacro::main(signals)]
#[exitmacro::main(budget = "5s")]
fn main() {}
