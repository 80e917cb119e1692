use exitmacro::at_exit;

const FIRST: &str = "first";

#[at_exit(priority = FIRST)]
fn text() {}

#[at_exit(priority = i64::MAX)]
fn too_wide() {}

fn level() -> i32 {
    1
}

#[at_exit(priority = level())]
fn not_constant() {}

fn main() {}
