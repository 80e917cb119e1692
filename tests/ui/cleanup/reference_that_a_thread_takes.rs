use exitmacro::AtExitCell;
use std::thread;

static CELL: AtExitCell<String> = AtExitCell::new(String::new);

fn main() {
    let guard = CELL.get().unwrap();
    let value: &String = &guard;
    thread::spawn(move || println!("{value}"));
    _ = CELL.with(|value| thread::spawn(move || println!("{value}")));
}
