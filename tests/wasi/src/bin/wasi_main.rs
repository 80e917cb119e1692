//! `#[exitmacro::main]`, which ends as the first argument names.

#![forbid(unsafe_code, warnings)]

use exitmacro::{ExitContext, at_exit};
use std::process::ExitCode;
use std::time::Duration;

fn asked_for() -> Option<String> {
    std::env::args().nth(1)
}

#[at_exit(priority = 2)]
fn first(exit: &ExitContext) {
    println!("first: {}, {:?}", exit.reason(), exit.code());
}

#[at_exit(priority = 1)]
fn may_panic() -> Result<(), &'static str> {
    match asked_for().as_deref() {
        Some("handler fails") => Err("the disk is full"),
        Some("handler panics") => panic!("as asked"),
        Some("handler is slow") => {
            std::thread::sleep(Duration::from_millis(2500));
            Ok(())
        }
        Some("handler exits") => std::process::exit(4),
        Some("handler ends the process") => exitmacro::exit(5),
        _ => Ok(()),
    }
}

#[at_exit(concurrent)]
fn concurrent() {
    println!("concurrent");
}

#[at_exit(concurrent)]
fn concurrent_too() {
    println!("concurrent, too");
}

#[at_exit(priority = -1, thread = caller)]
fn last() {
    println!("last");
}

#[exitmacro::main(on_failure = code(9))]
fn main() -> Result<ExitCode, String> {
    match asked_for().as_deref() {
        Some("return 3") => return Ok(ExitCode::from(3)),
        Some("error") => return Err("no luck".to_owned()),
        Some("std exit") => std::process::exit(3),
        Some("panic") => panic!("main panics"),
        _ => {}
    }
    Ok(ExitCode::SUCCESS)
}
