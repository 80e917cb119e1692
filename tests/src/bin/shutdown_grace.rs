//! Has a grace period of a second after a signal. The first argument names what `main` does in it.

use exitmacro::{ExitContext, Handler, at_exit, shutdown};
use std::time::Duration;

#[at_exit(priority = 1)]
fn say(exit: &ExitContext) {
    println!("{}, {:?}", exit.reason(), exit.code());
}

#[exitmacro::main(signals, grace = "1s")]
fn main() -> Result<(), &'static str> {
    let case = std::env::args().nth(1).expect("a case");
    if case == "stuck twice" {
        Handler::new("stuck")
            .timeout(Duration::from_secs(50))
            .register(park)
            .expect("the run has not begun");
    }
    println!("ready");
    shutdown::wait();
    println!("asked");
    match case.as_str() {
        "returns" => println!("main is done"),
        "fails" => return Err("main fails"),
        "exits with success" => std::process::exit(0),
        "exits" => std::process::exit(4),
        "panics" => panic!("main panics"),
        "stuck" | "stuck twice" => park(),
        other => panic!("unknown case: {other}"),
    }
    Ok(())
}

fn park() {
    loop {
        std::thread::park();
    }
}
