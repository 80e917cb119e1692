use exitmacro::{AtExitCell, at_exit};

#[at_exit]
static PLAIN: AtExitCell<String> = AtExitCell::new(String::new);

#[at_exit(priority = 5)]
static BY_PATH: exitmacro::AtExitCell<u8> = exitmacro::AtExitCell::empty();

fn main() {
    _ = (PLAIN.get(), BY_PATH.get());
}
