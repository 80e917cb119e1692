use exitmacro::at_exit;

#[at_exit(priority = 1)]
#[at_exit(timeout = "5s")]
fn twice() {}

fn main() {}
