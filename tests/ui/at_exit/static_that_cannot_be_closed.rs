use exitmacro::at_exit;
use std::collections::HashSet;
use std::sync::OnceLock;

struct Pool;

#[at_exit]
static POOL: Pool = Pool;

#[at_exit]
static SET: OnceLock<HashSet<String>> = OnceLock::new();

#[at_exit(priority = 1)]
static NUMBER: u32 = 5;

fn main() {}
