use exitmacro::at_exit;

#[at_exit(prio = 10)]
fn near_miss() {}

#[at_exit(colour = red)]
fn unheard_of() {}

#[at_exit(10)]
fn without_a_name() {}

fn main() {}
