use exitmacro::at_exit;

#[at_exit(when = "failure")]
fn in_quotes() {}

#[at_exit(when = failed)]
fn other_word() {}

#[at_exit(when(failure))]
fn in_parentheses() {}

#[at_exit(when)]
fn without_a_value() {}

#[at_exit(when = signals)]
fn near_miss() {}

#[at_exit(when = error)]
fn unknown() {}

fn main() {}
