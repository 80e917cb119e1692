use exitmacro::at_exit;

#[at_exit(priority = 1, timeout = "5s", priority = 2)]
fn twice() {}

fn main() {}
