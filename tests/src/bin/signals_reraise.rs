//! Dies of the signal that asked it to end, as configured at `main`. With the argument "status" a
//! handler sets a status.

use exitmacro::{ExitContext, at_exit};

#[at_exit]
fn say_why(exit: &ExitContext) {
    println!("{}, {:?}", exit.reason(), exit.code());
    if std::env::args().nth(1).as_deref() == Some("status") {
        exit.set_code(7);
    }
}

#[exitmacro::main(signals, on_signal = reraise)]
fn main() {
    println!("ready");
    loop {
        std::thread::park();
    }
}
