use exitmacro::at_exit;
use std::collections::HashMap;
use std::sync::OnceLock;

struct Pool;

#[at_exit]
static POOL: Pool = Pool;

#[at_exit]
static MAP: OnceLock<HashMap<String, u32>> = OnceLock::new();

#[at_exit(priority = 1)]
static NUMBER: u32 = 5;

fn main() {}
