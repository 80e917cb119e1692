use exitmacro::at_exit;

#[at_exit(timeout = "0s")]
fn never() {}

fn main() {}
