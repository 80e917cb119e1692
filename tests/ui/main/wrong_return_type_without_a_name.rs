#[exitmacro::main]
fn main() -> Option<u32> {
    None
}
