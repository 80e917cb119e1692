use exitmacro::at_exit;
use std::sync::OnceLock;

#[at_exit]
static NAME: OnceLock<String> = OnceLock::new();

fn main() {}
