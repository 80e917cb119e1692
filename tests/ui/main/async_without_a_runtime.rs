#[exitmacro::main]
async fn main() {}
