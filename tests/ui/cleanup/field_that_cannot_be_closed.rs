use exitmacro::AtExitCleanup;
use std::collections::BTreeSet;
use std::fs::File;

#[derive(AtExitCleanup)]
struct Server {
    log: File,
    connections: u32,
}

#[derive(AtExitCleanup)]
enum Resource {
    Set(Vec<BTreeSet<u8>>),
    Text { text: String, log: File },
}

fn main() {}
