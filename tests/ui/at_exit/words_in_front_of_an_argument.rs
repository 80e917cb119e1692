use exitmacro::at_exit;

#[at_exit(#[cfg(unix)] priority = 5)]
fn attribute() {}

#[at_exit(name = "log", let timeout = "5s")]
fn keyword() {}

fn main() {}
