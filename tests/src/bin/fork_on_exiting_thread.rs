//! Forks in a handler on the thread that ends the process, because the handler asks for that thread
//! or because no other one can be started, as the first argument names. The second one names how
//! the process ends. The child returns from the handler, and the parent prints how it ended.

mod forked;
#[path = "../no_stacks.rs"]
mod no_stacks;

use exitmacro::{Handler, register, shutdown};
use forked::{fork, wait_for};
use std::thread;

#[exitmacro::main(signals, on_signal = reraise)]
fn main() -> Result<(), &'static str> {
    let [_, place, end] = std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    let waiting = Handler::new("waiting").priority(1);
    waiting.register(|| println!("waiting")).expect("the run has not begun");
    let forks = Handler::new("forks").priority(2);
    let forks = if place == "caller" { forks.on_caller() } else { forks };
    forks.register(fork_and_return).expect("the run has not begun");
    if place == "without threads" {
        no_stacks::refuse_stacks();
    }
    match end.as_str() {
        "return" => return Ok(()),
        "error" => return Err("no luck"),
        "panic" => panic!("as asked"),
        "exitmacro exit" => exitmacro::exit(3),
        "request" => _ = shutdown::request_with(4),
        // SAFETY: no preconditions.
        "signal" => _ = unsafe { libc::kill(libc::getpid(), libc::SIGTERM) },
        other => panic!("unknown end: {other}"),
    }
    loop {
        thread::park();
    }
}

fn fork_and_return() {
    match fork() {
        None => _ = register(|| println!("the child's own")).expect("the child has its own run"),
        Some(child) => println!("the child ended with {}", wait_for(child)),
    }
}
