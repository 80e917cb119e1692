use exitmacro::at_exit;

const FIRST: &str = "first";

#[at_exit(priority = FIRST)]
fn text() {}

#[at_exit(priority = i64::MAX)]
fn too_wide() {}

#[at_exit(priority = std::env::args().count() as i32)]
fn not_constant() {}

fn main() {}
