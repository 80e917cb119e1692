use exitmacro::AtExitCleanup;
use std::collections::HashMap;
use std::fs::File;

#[derive(AtExitCleanup)]
struct Server {
    log: File,
    connections: u32,
}

#[derive(AtExitCleanup)]
enum Resource {
    Map(Vec<HashMap<u8, File>>),
    Text { text: String, log: File },
}

fn main() {}
