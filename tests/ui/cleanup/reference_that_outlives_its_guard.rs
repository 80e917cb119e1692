use exitmacro::AtExitCell;
use std::sync::OnceLock;

static CELL: AtExitCell<String> = AtExitCell::new(String::new);
static KEPT: OnceLock<&'static String> = OnceLock::new();

fn main() {
    let guard = CELL.get().unwrap();
    let value: &str = &guard;
    drop(guard);
    println!("{value}");

    let guard = CELL.get().unwrap();
    _ = KEPT.set(&guard);
}
