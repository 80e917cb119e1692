//! Requests its end with a status or an error. The first argument is the grace in milliseconds, the
//! second one names what the program does.

mod forked;

use exitmacro::{ExitContext, Signal, at_exit, shutdown, signals::Signals};
use std::time::Duration;
use std::{fmt, thread};

#[at_exit]
fn say(exit: &ExitContext) {
    println!("{}, {:?}", exit.reason(), exit.code());
    let case = std::env::args().nth(2).expect("a case");
    if case.starts_with("in a handler") {
        println!("counts: {}", shutdown::request_with_error("of a handler", 9));
    }
}

#[exitmacro::main]
fn main() -> Result<(), &'static str> {
    let [_, grace, case] = std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    let grace = Duration::from_millis(grace.parse().expect("a number"));
    Signals::new([Signal::TERM, Signal::INT]).grace(grace).install().expect("installed once");
    let (asks, then) = case.split_once(", then ").unwrap_or((&case, "returns"));
    for ask in asks.split(" and ") {
        asks_by(ask);
    }
    match then {
        "returns" => {}
        "fails" => return Err("main fails"),
        "panics" => panic!("main panics"),
        "exits" => exitmacro::exit(4),
        "exits by std" => std::process::exit(4),
        "is stuck" => park(),
        other => panic!("unknown end: {other}"),
    }
    Ok(())
}

fn asks_by(ask: &str) {
    match ask {
        "nothing" | "in a handler" => {}
        "request" => shutdown::request(),
        "status 0" => println!("counts: {}", shutdown::request_with(0)),
        "status 3" => println!("counts: {}", shutdown::request_with(3)),
        "status 5" => println!("counts: {}", shutdown::request_with(5)),
        "error" => println!("counts: {}", shutdown::request_with_error("no input", 3)),
        "second error" => println!("counts: {}", shutdown::request_with_error("no output", 5)),
        "mute error" => println!("counts: {}", shutdown::request_with_error(Mute, 3)),
        "signal" => {
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGTERM) };
            shutdown::wait();
        }
        "other signal" => {
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGINT) };
        }
        "run" => println!("run: {} handler", exitmacro::run().handlers().len()),
        "run in silence" => drop(exitmacro::run()),
        "child" => child(),
        "child with its own grace" => child_with_grace(),
        "thread" => {
            let thread = thread::spawn(|| shutdown::request_with(3));
            println!("counts: {}", thread.join().expect("it does not panic"));
        }
        other => panic!("unknown request: {other}"),
    }
}

struct Mute;

impl fmt::Debug for Mute {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

fn child_with_grace() {
    let grace = Duration::from_millis(50);
    fork_child(|| Signals::new([Signal::TERM]).grace(grace).install().expect("not installed here"));
}

fn child() {
    fork_child(|| ());
}

/// A child that requests its own end, and does not return.
fn fork_child(prepare: impl FnOnce()) {
    match forked::fork() {
        None => {
            prepare();
            println!("requested in the child: {}", shutdown::is_requested());
            exitmacro::register(|| println!("a handler of the child")).expect("nothing has run");
            println!("counts: {}", shutdown::request_with_error("of the child", 7));
            park()
        }
        Some(child) => println!("the child ended with {}", forked::wait_for(child)),
    }
}

fn park() -> ! {
    loop {
        thread::park();
    }
}
