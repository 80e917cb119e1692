use exitmacro::at_exit;

#[at_exit(fork = inherited)]
fn near_miss() {}

#[at_exit(fork = child)]
fn unknown() {}

#[at_exit(fork = true)]
fn no_word() {}

fn main() {}
