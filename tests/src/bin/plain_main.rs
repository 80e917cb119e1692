//! A `main` without the attribute, in a program that ends with success after SIGTERM, and with 3
//! where a handler fails. The arguments are: what asks for the end; whether the handler fails; and
//! how `main` ends.

use exitmacro::{ExitContext, at_exit, shutdown};

exitmacro::config! {
    signals = [TERM],
    on_signal = exit_zero,
    grace = "20s",
    on_failure = code(3),
}

fn argument(number: usize) -> String {
    std::env::args().nth(number).expect("three arguments")
}

#[at_exit]
fn say(exit: &ExitContext) -> Result<(), &'static str> {
    println!("{}, {:?}", exit.reason(), exit.code());
    if argument(2) == "fails" { Err("no luck") } else { Ok(()) }
}

fn main() -> Result<(), &'static str> {
    match argument(1).as_str() {
        "nothing" => {}
        "run by hand" => _ = exitmacro::run(),
        "a signal" => {
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGTERM) };
            shutdown::wait();
        }
        "a request" => assert!(shutdown::request_with(0)),
        other => panic!("nothing asks so: {other}"),
    }
    match argument(3).as_str() {
        "returns" => Ok(()),
        "fails" => Err("main fails"),
        "std exit" => std::process::exit(4),
        // SAFETY: only this thread exits.
        "c exit" => unsafe { libc::exit(5) },
        other => panic!("unknown end: {other}"),
    }
}
