//! Handles SIGTERM by the policy that the first argument names, has nothing to run, and returns
//! from a plain `main` when it was asked to end.

use exitmacro::signals::{OnSignal, Signal, Signals};
use std::time::Duration;

fn main() {
    let argument = |number| std::env::args().nth(number).unwrap_or_default();
    let on_signal = match &*argument(1) {
        "reraise" => OnSignal::Reraise,
        "exit_zero" => OnSignal::ExitZero,
        _ => OnSignal::ExitCode,
    };
    Signals::new([Signal::TERM])
        .grace(Duration::from_secs(20))
        .on_signal(on_signal)
        .install()
        .expect("nothing else handles it");
    if argument(2) == "had a handler" {
        drop(exitmacro::guard(|| ()));
    }
    println!("ready");
    exitmacro::shutdown::wait();
    print!("returns");
    if argument(2) == "fails" {
        std::process::exit(3);
    }
}
