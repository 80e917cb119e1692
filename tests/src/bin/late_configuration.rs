//! A constructor of `config!` that the linker has put behind the entry at load, as it may where
//! sections have no order: called by hand. With `twice`, another one follows.

use exitmacro::__private::{Configuration, Settings, list::Node};
use exitmacro::at_exit;

static SETTINGS: [Settings; 2] =
    [Settings::new("src/first.rs", 1).on_failure(7), Settings::new("src/second.rs", 2)];
static NODES: [Node<Settings>; 2] = [Node::new(&SETTINGS[0]), Node::new(&SETTINGS[1])];

#[at_exit]
fn fails() -> Result<(), &'static str> {
    Err("as asked")
}

fn main() {
    Configuration.put(&NODES[0]);
    println!("configured");
    if std::env::args().any(|argument| argument == "twice") {
        Configuration.put(&NODES[1]);
        println!("configured twice");
    }
}
