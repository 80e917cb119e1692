use exitmacro::AtExitCleanup;
use std::fs::File;

#[derive(AtExitCleanup)]
#[repr(packed)]
struct Packed {
    #[cleanup(skip)]
    number: u8,
    file: File,
}

fn main() {}
