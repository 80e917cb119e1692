use exitmacro::at_exit;

#[at_exit]
unsafe fn close() {}

fn main() {}
