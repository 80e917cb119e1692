#[exitmacro::main(budget = "5s")]
fn main() -> Result<(), String> {
    "5".parse::<u8>()
}
