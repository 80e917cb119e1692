use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
union Number {
    signed: i32,
    unsigned: u32,
}

fn main() {}
