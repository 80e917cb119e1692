use exitmacro::at_exit;
use exitmacro::rayon::JoinedPool;
use std::sync::OnceLock;

#[at_exit]
static POOL: OnceLock<JoinedPool> = OnceLock::new();

fn track(pool: JoinedPool) {
    _ = exitmacro::track(pool);
}

fn main() {}
