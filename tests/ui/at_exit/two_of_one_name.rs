use exitmacro::at_exit;

#[at_exit(priority = 1)]
fn close_db() {}

#[at_exit(after(close_log))]
fn close_db() {}

#[at_exit]
fn close_log() {}

fn main() {}
