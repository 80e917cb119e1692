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

fn main() {}
