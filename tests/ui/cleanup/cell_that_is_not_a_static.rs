use exitmacro::AtExitCell;

fn main() {
    let cell = AtExitCell::new(String::new);
    _ = cell.get();
}
