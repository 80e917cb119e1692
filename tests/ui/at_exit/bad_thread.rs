use exitmacro::at_exit;

#[at_exit(thread = runer)]
fn near_miss() {}

#[at_exit(thread = main)]
fn unknown() {}

#[at_exit(thread = "caller")]
fn quoted() {}

fn main() {}
