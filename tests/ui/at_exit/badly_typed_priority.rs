use exitmacro::at_exit;

#[at_exit(priority = "10")]
fn text() {}

#[at_exit(priority = 1.5)]
fn fraction() {}

#[at_exit(priority = 3000000000)]
fn too_large() {}

#[at_exit(priority = -5i64)]
fn with_suffix() {}

#[at_exit(priority = 5 +)]
fn half_an_expression() {}

fn main() {}
