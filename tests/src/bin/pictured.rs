//! Handlers for a picture of the run. The argument says how the process ends.

mod forked;

use exitmacro::{at_exit, register};
use forked::wait_for;
use std::time::Duration;

fn ends_by(way: &str) -> bool {
    std::env::args().nth(1).is_some_and(|argument| argument == way)
}

#[at_exit(priority = 10)]
fn drains() {
    std::thread::sleep(Duration::from_millis(20));
}

#[at_exit(after(drains))]
fn closes() -> Result<(), &'static str> {
    if ends_by("stuck") {
        std::thread::sleep(Duration::from_secs(60));
    }
    if ends_by("fails") { Err("disk full") } else { Ok(()) }
}

#[at_exit(priority = -10, when = signal)]
fn says_goodbye() {}

/// Two children, of which one has a handler of its own, and ends in its turn.
fn fork() {
    for registers in [true, false] {
        let Some(child) = forked::fork() else {
            if registers {
                register(|| ()).expect("a child may register");
            }
            exitmacro::exit(0);
        };
        assert_eq!(wait_for(child), 0);
        let has = if registers { "with" } else { "without" };
        println!("child {has} a handler {child}");
    }
    println!("parent {}", std::process::id());
}

#[exitmacro::main(signals)]
fn main() {
    if ends_by("exit") {
        exitmacro::exit(3);
    }
    if ends_by("by hand") {
        println!("{}", exitmacro::run().totals());
    }
    if ends_by("forks") {
        fork();
    }
    if ends_by("panics") {
        panic!("as asked");
    }
    if ends_by("signal") {
        println!("ready");
        std::thread::sleep(Duration::from_secs(60));
    }
}
