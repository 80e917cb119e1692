//! Handles the default signals, because `main` says so. With the argument "returns" it ends by itself.

use exitmacro::{ExitContext, at_exit};

#[at_exit]
fn say_why(exit: &ExitContext) {
    println!("{}, {:?}", exit.reason(), exit.code());
}

#[exitmacro::main(signals)]
fn main() {
    println!("ready");
    if std::env::args().nth(1).as_deref() == Some("returns") {
        return;
    }
    loop {
        std::thread::park();
    }
}
