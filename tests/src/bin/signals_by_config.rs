//! Handles the signals that `config!` lists, in a program with a plain `main`.

use exitmacro::{ExitContext, at_exit};

exitmacro::config! { signals = [INT, TERM, HUP, QUIT] }

#[at_exit]
fn say_why(exit: &ExitContext) {
    println!("{}, {:?}", exit.reason(), exit.code());
}

fn main() {
    println!("ready");
    loop {
        std::thread::park();
    }
}
