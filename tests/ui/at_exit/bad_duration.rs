use exitmacro::at_exit;

#[at_exit(timeout = "5 parsecs")]
fn unknown_unit() {}

#[at_exit(timeout = "5")]
fn missing_unit() {}

#[at_exit(timeout = "1m 30s")]
fn space() {}

#[at_exit(timeout = "1.5s")]
fn fraction() {}

#[at_exit(timeout = "30s1m")]
fn out_of_order() {}

#[at_exit(timeout = "")]
fn empty() {}

#[at_exit(timeout = "s")]
fn missing_number() {}

#[at_exit(timeout = "-5s")]
fn negative() {}

#[at_exit(timeout = "1m30")]
fn missing_last_unit() {}

#[at_exit(timeout = "5 s")]
fn space_before_the_unit() {}

#[at_exit(timeout = " ")]
fn nothing_but_space() {}

#[at_exit(timeout = "5S")]
fn upper_case() {}

#[at_exit(timeout = "1s1s")]
fn unit_twice() {}

#[at_exit(timeout = "18446744073709551615h")]
fn too_long() {}

fn main() {}
