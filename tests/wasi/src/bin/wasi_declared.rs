//! A plain `main` with declared handlers, which ends as the first argument names.

#![forbid(unsafe_code, warnings)]

use exitmacro::{AtExitCell, AtExitCleanup, CleanupError, ExitContext, at_exit, shutdown};
use std::io::Error;
use std::process::ExitCode;
use std::time::Duration;
use wasi_declared as _;

#[at_exit(priority = 10)]
fn first(exit: &ExitContext) {
    println!("first: {}, {:?}", exit.reason(), exit.code());
}

#[at_exit(after(waits_for_nothing), priority = 9)]
fn waits() {
    println!("waits");
}

#[at_exit(priority = -3)]
fn waits_for_nothing() {
    println!("waits for nothing");
}

macro_rules! two_on_one_line {
    ($($name:ident)*) => { $(
        #[at_exit]
        fn $name() {
            println!(stringify!($name));
        }
    )* };
}

two_on_one_line!(one other);

#[at_exit(priority = -10, when = failure)]
fn at_failure() {
    println!("at failure");
}

#[at_exit(priority = 5)]
fn fails() -> Result<(), Error> {
    match std::env::args().next_back().as_deref() {
        Some("handler fails") => Err(Error::other("the disk is full")),
        Some("handler panics") => panic!("as asked"),
        Some("handler exits") => std::process::exit(3),
        Some("handler ends the process") => exitmacro::exit(4),
        _ => Ok(()),
    }
}

struct Connection(&'static str);

impl AtExitCleanup for Connection {
    fn cleanup(&self) -> Result<(), CleanupError> {
        println!("{} is closed", self.0);
        Ok(())
    }
}

struct OnDrop;

impl Drop for OnDrop {
    fn drop(&mut self) {
        println!("the cell is dropped");
    }
}

static CELL: AtExitCell<OnDrop> = AtExitCell::new(|| OnDrop);

fn asked_for() -> Option<String> {
    std::env::args().nth(1)
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    exitmacro::register(|| println!("registered"))?;
    exitmacro::register(|| println!("registered later"))?;
    match asked_for().as_deref() {
        Some("return 3") => return Ok(ExitCode::from(3)),
        Some("error") => return Err("no luck".into()),
        Some("std exit") => std::process::exit(3),
        Some("exitmacro exit") => exitmacro::exit(3),
        Some("panic") => panic!("main panics"),
        Some("values") => {
            drop(CELL.get()?);
            drop(exitmacro::track(Connection("a dropped connection")));
            std::mem::forget(exitmacro::track(Connection("a connection")));
        }
        Some("guard") => std::mem::forget(CELL.get()?),
        Some("request") => {
            println!("asked: {}", shutdown::wait_timeout(Duration::from_millis(1)));
            shutdown::request_with(3);
        }
        Some("plan") => {
            for handler in exitmacro::plan().handlers() {
                println!("{}", handler.name());
            }
        }
        Some("run") => {
            let report = exitmacro::run();
            println!("{} handlers, {}", report.handlers().len(), report.is_success());
            println!("{:?}", exitmacro::register(|| ()).map_err(|error| error.to_string()));
        }
        _ => {}
    }
    Ok(ExitCode::SUCCESS)
}
