use exitmacro::at_exit;

#[at_exit(priority)]
fn without_value() {}

#[at_exit(priority =, timeout = "5s")]
fn with_empty_value() {}

#[at_exit(priority(5))]
fn in_parentheses() {}

#[at_exit(priority = 5 timeout = "5s")]
fn without_comma() {}

fn main() {}
