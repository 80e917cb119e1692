use exitmacro::at_exit;
use std::cell::RefCell;

#[at_exit]
thread_local! {
    static LOG: RefCell<Vec<u8>> = RefCell::default();
}

fn main() {}
