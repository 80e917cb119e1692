use exitmacro::at_exit;

#[at_exit]
fn number(_exit: &u32) {}

fn main() {}
