use exitmacro::at_exit;

mod db {}

#[at_exit]
fn db() {}

struct Log {}

#[at_exit]
#[allow(non_snake_case)]
fn Log() {}

fn main() {
    _ = Log {};
}
