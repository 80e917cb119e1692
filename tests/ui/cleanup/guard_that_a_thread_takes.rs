use exitmacro::AtExitCell;
use std::thread;

static CELL: AtExitCell<String> = AtExitCell::new(String::new);

fn main() {
    let guard = CELL.get().unwrap();
    thread::spawn(move || println!("{}", *guard));
}
