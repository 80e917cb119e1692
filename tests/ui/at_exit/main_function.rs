use exitmacro::at_exit;

#[at_exit]
fn main() {}
