use exitmacro::at_exit;

#[at_exit(crate = "exitmacro")]
fn quoted() {}

fn main() {}
