use exitmacro::at_exit;
use std::fs::File;

#[at_exit]
static mut LOG: Option<File> = None;

fn main() {}
