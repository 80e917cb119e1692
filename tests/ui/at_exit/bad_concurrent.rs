use exitmacro::at_exit;

#[at_exit(concurrent = true)]
fn with_a_value() {}

#[at_exit(concurrent, thread = caller)]
fn on_one_thread() {}

#[at_exit(concurrent, concurrent)]
fn twice() {}

fn main() {}
