use exitmacro::at_exit;

#[at_exit(name = "")]
fn empty() {}

#[at_exit(name = "two\nlines")]
fn two_lines() {}

#[at_exit(name = database)]
fn unquoted() {}

fn main() {}
