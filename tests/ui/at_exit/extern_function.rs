use exitmacro::at_exit;

#[at_exit]
extern "C" fn close() {}

fn main() {}
