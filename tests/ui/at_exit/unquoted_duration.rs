use exitmacro::at_exit;

#[at_exit(timeout = 5)]
fn number() {}

#[at_exit(timeout = 250ms)]
fn number_with_unit() {}

#[at_exit(timeout = 5u64)]
fn number_with_type() {}

#[at_exit(timeout = -5)]
fn negative() {}

#[at_exit(timeout = std::time::Duration::from_secs(5))]
fn expression() {}

fn main() {}
