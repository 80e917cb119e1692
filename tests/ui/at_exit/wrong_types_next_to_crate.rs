mod facade {
    pub use exitmacro;
}

use facade::exitmacro::at_exit;

#[at_exit(crate = facade::exitmacro)]
fn wrong_result() -> u8 {
    0
}

#[at_exit(crate = crate::facade::exitmacro)]
fn wrong_parameter(_exit: &u8) {}

#[at_exit(crate = ::exitmacro, priority = PRIORITY, after(no_handler))]
fn wrong_priority_and_edge() {}

const PRIORITY: u8 = 1;

fn no_handler() {}

#[at_exit(crate = self::facade::exitmacro)]
static PLAIN: std::sync::OnceLock<u8> = std::sync::OnceLock::new();

fn main() {}
