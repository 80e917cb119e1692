//! Requests its end with a status of 3 and an error, in a program whose `main` has no attribute.
//! The arguments are: whether there is a handler, and whose; whether there is a grace; and how
//! `main` ends.

mod forked;

use exitmacro::{ExitContext, Handler, Signal, shutdown, signals::Signals};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let [_, handler, grace, end] =
        std::env::args().collect::<Vec<_>>().try_into().expect("three arguments");
    if handler != "none" {
        let say = |exit: &ExitContext| println!("{}, {:?}", exit.reason(), exit.code());
        Handler::new("say").register(say).expect("nothing has run");
    }
    if handler == "a handler of the parent"
        && let Some(child) = forked::fork()
    {
        println!("the child ended with {}", forked::wait_for(child));
        return ExitCode::SUCCESS;
    }
    if grace == "grace" {
        let signals = Signals::new([Signal::TERM]).grace(Duration::from_secs(20));
        signals.install().expect("installed once");
    }
    assert!(shutdown::request_with_error("no input", 3));
    match end.as_str() {
        "returns" => ExitCode::SUCCESS,
        "returns late" => {
            std::thread::sleep(Duration::from_millis(10));
            ExitCode::SUCCESS
        }
        "fails" => ExitCode::from(1),
        "exits" => exitmacro::exit(0),
        "is stuck" => loop {
            std::thread::park();
        },
        other => panic!("unknown end: {other}"),
    }
}
