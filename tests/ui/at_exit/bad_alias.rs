use exitmacro::at_exit;

#[at_exit(alias = "close_log")]
fn log() {}

#[at_exit(alias = 5)]
fn db() {}

#[at_exit(alias)]
fn cache() {}

#[at_exit(alias = end, after(end))]
fn metrics() {}

#[at_exit(alias = std::x, priority = 1)]
fn pool() {}

#[at_exit(alias = "close the cache")]
fn quoted_sentence() {}

fn main() {}
