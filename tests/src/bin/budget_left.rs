//! Ends by SIGTERM, after a grace that `main` uses up. The arguments are the grace and the timeout
//! of its only handler, in milliseconds.

use exitmacro::{Handler, Signal, signals::Signals};
use std::thread;
use std::time::Duration;

#[exitmacro::main]
fn main() {
    let [grace, timeout] = [1, 2].map(|place| {
        let argument = std::env::args().nth(place).expect("two arguments");
        Duration::from_millis(argument.parse().expect("a number"))
    });
    Signals::new([Signal::TERM]).grace(grace).install().expect("installed once");
    Handler::new("close").timeout(timeout).register(|| ()).expect("the run has not begun");
    println!("ready");
    loop {
        thread::park();
    }
}
