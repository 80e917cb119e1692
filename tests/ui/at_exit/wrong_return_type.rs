use exitmacro::at_exit;

#[at_exit]
fn number() -> u32 {
    0
}

#[at_exit]
fn full_result() -> Result<u32, std::io::Error> {
    Ok(0)
}

fn main() {}
