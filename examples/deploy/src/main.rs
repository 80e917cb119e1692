//! A service that refuses to start if it could be killed before its shutdown is complete. The
//! argument is the number of seconds between SIGTERM and SIGKILL. The files beside it have the same
//! number: `billing.service`, `deployment.yaml`, `Dockerfile`, `s6/timeout-kill`.

use exitmacro::{ExitContext, at_exit, priority, shutdown};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, thread};

#[at_exit(priority = priority::RESOURCES, timeout = "5s")]
fn close_database(exit: &ExitContext) {
    // For the test that has it killed.
    if env::args().nth(2).as_deref() == Some("hang") {
        thread::sleep(Duration::from_secs(60));
    }
    println!("database closed, because of {}", exit.reason());
}

#[at_exit(priority = priority::TELEMETRY, timeout = "2s")]
fn flush_metrics() {
    println!("metrics flushed");
}

#[exitmacro::main(signals, grace = "10s", budget = "20s")]
fn main() -> ExitCode {
    let Some(seconds) = env::args().nth(1).and_then(|argument| argument.parse().ok()) else {
        eprintln!("usage: billing SECONDS");
        return ExitCode::from(2);
    };
    // The budget, less the grace, is enough for the timeouts.
    exitmacro::assert_plan!();
    match exitmacro::plan().fits(Duration::from_secs(seconds)) {
        Ok(spare) => println!("ready, with {spare:?} to spare"),
        Err(error) => {
            eprintln!("billing: {error}");
            return ExitCode::FAILURE;
        }
    }
    shutdown::wait();
    println!("finished the work in flight");
    ExitCode::SUCCESS
}
