//! Guards for a success and for a panic, in a scope that ends as the argument names. `main` prints
//! a last line if it returns.

mod forked;

use exitmacro::{ExitContext, Guard, Handler, at_exit, defer, on_success, on_unwind, priority};
use forked::{fork, wait_for};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::thread;

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    println!("last handler: {}", exit.reason());
}

fn says(text: &'static str) -> impl FnOnce() + Send + 'static {
    move || println!("{text}, on {}", thread::current().name().unwrap_or("a thread"))
}

fn both() -> [Guard; 2] {
    [on_success(says("success")), on_unwind(says("unwind"))]
}

/// Has both guards in the scope of its drop.
struct Drops(&'static str);

impl Drop for Drops {
    fn drop(&mut self) {
        let _both = both();
        println!("in {}", self.0);
    }
}

fn exits() {
    let _both = both();
    exitmacro::exit(0)
}

extern "C" fn cannot_unwind() {
    panic!("no way out");
}

#[exitmacro::main(signals = [TERM])]
fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    act(std::env::args().nth(1).expect("a case").as_str());
    println!("end of main");
}

fn act(case: &str) {
    match case {
        "deferred" => {
            defer! { println!("the second statement"); }
            defer! {
                println!("the first statement");
            }
            println!("in the scope");
        }
        "deferred, exit" => {
            let text = String::from("a captured text");
            defer!(println!("{text}, on {}", thread::current().name().unwrap_or("a thread")));
            process::exit(3);
        }
        "unwinding" => {
            let panicked = catch_unwind(|| {
                let _both = both();
                panic!("unwind");
            });
            println!("panicked: {}", panicked.is_err());
        }
        "a destructor" => {
            let panicked = catch_unwind(|| {
                let _drops = Drops("a destructor that a panic calls");
                panic!("unwind");
            });
            println!("panicked: {}", panicked.is_err());
        }
        "forgotten" => both().into_iter().for_each(std::mem::forget),
        "main panics" => {
            both().into_iter().for_each(std::mem::forget);
            panic!("main panics");
        }
        "a handler exits" => {
            Handler::new("exits").register(exits).expect("the run has not begun");
        }
        "a handler sets the status" => {
            Handler::new("sets it")
                .priority(priority::WORK)
                .register(|exit: &ExitContext| exit.set_code(7))
                .expect("the run has not begun");
            both().into_iter().for_each(std::mem::forget);
        }
        "defused" => both().into_iter().for_each(|guard| println!("{:?}", Guard::defuse(guard))),
        case => in_a_scope(case),
    }
}

fn in_a_scope(case: &str) {
    let [success, unwind] = both();
    match case {
        "scope" => {}
        "exitmacro exit 0" => exitmacro::exit(0),
        "exitmacro exit 5" => exitmacro::exit(5),
        "std exit 0" => process::exit(0),
        "std exit 5" => process::exit(5),
        // The parent sees this as 0.
        "std exit 256" => process::exit(256),
        "a panic that cannot unwind" => cannot_unwind(),
        "signal" => {
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGTERM) };
            loop {
                thread::park();
            }
        }
        "run" => println!("{}", exitmacro::run().is_success()),
        "run, then a panic" => {
            exitmacro::run();
            drop(success);
            let panicked = catch_unwind(AssertUnwindSafe(move || {
                let _unwind = unwind;
                panic!("unwind");
            }));
            println!("panicked: {}", panicked.is_err());
            return;
        }
        "forked" => {
            let Some(child) = fork() else {
                drop((success, unwind));
                exitmacro::exit(0);
            };
            wait_for(child);
            println!("the child has ended");
        }
        other => panic!("unknown case: {other:?}"),
    }
    drop((success, unwind));
}
