use exitmacro::at_exit;

#[at_exit]
fn close_db() {}

#[at_exit(after(close_db, flush))]
fn flush() {}

#[at_exit(before(POOL))]
static POOL: std::sync::OnceLock<std::fs::File> = std::sync::OnceLock::new();

#[at_exit(after(close_db), before(flush, close_db))]
fn on_both_sides() {}

fn main() {}
