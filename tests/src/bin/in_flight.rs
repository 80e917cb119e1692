//! Announces its work, and has a grace that ends when none is left. The first argument is the grace
//! in milliseconds, the second one names what the program does, and "returns" or "panics" as the
//! third one says how `main` ends at the request. Otherwise it never does.

mod forked;

use exitmacro::shutdown::{self, InFlight};
use exitmacro::{ExitContext, Signal, at_exit, signals::Signals};
use std::io::Read;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

static KEPT: Mutex<Option<InFlight>> = Mutex::new(None);

#[at_exit]
fn say(exit: &ExitContext) {
    drop(KEPT.lock().expect("no panic").take());
    println!("{}, {:?}", exit.reason(), exit.code());
}

#[exitmacro::main]
fn main() {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let (grace, case) = (&arguments[0], &arguments[1]);
    let grace = Duration::from_millis(grace.parse().expect("a number"));
    Signals::new([Signal::TERM]).grace(grace).install().expect("installed once");
    match case.as_str() {
        "nothing" => shutdown::drained(),
        "work" => {
            shutdown::drained();
            work_until_stdin_is_closed(shutdown::in_flight());
        }
        "work that ends before" => {
            shutdown::drained();
            drop(shutdown::in_flight());
        }
        "clones" => {
            shutdown::drained();
            let (one, other) = (shutdown::in_flight(), shutdown::in_flight());
            work_until_stdin_is_closed(one.clone());
            drop([one, other]);
        }
        "declared late" => {
            thread::spawn(|| {
                shutdown::wait();
                read_stdin();
                println!("done");
                shutdown::drained();
            });
        }
        "not declared" => work_until_stdin_is_closed(shutdown::in_flight()),
        "never done" => {
            shutdown::drained();
            *KEPT.lock().expect("no panic") = Some(shutdown::in_flight());
        }
        "by a request" => {
            shutdown::drained();
            work_until_stdin_is_closed(shutdown::in_flight());
            shutdown::request_with(3);
        }
        "child" => {
            shutdown::drained();
            in_child(shutdown::in_flight());
        }
        other => panic!("unknown case: {other}"),
    }
    println!("ready");
    if let Some(end) = arguments.get(2) {
        shutdown::wait();
        // Last of all that `main` does, also when it panics: from then on it waits for the work.
        let _said = SayWhenDropped(format!("main {end}"));
        assert_eq!(end, "returns");
        return;
    }
    park()
}

struct SayWhenDropped(String);

impl Drop for SayWhenDropped {
    fn drop(&mut self) {
        println!("{}", self.0);
    }
}

fn read_stdin() {
    std::io::stdin().read_to_end(&mut Vec::new()).expect("stdin can be read");
}

/// Starts a thread that works until the test closes stdin, after the request.
fn work_until_stdin_is_closed(in_flight: InFlight) {
    thread::spawn(move || {
        shutdown::wait();
        read_stdin();
        println!("done");
        drop(in_flight);
    });
}

/// Two children, which do not return either: in the first one the guard of the parent does not
/// count, and in the second one the child's own guard does.
fn in_child(inherited: InFlight) {
    let Some(child) = forked::fork() else {
        shutdown::request_with(5);
        park()
    };
    println!("the child ended with {}", forked::wait_for(child));
    let Some(child) = forked::fork() else {
        let own = shutdown::in_flight();
        drop(inherited);
        shutdown::request_with(6);
        thread::sleep(Duration::from_millis(50));
        println!("done in the child");
        drop(own);
        park()
    };
    println!("the child ended with {}", forked::wait_for(child));
    work_until_stdin_is_closed(inherited);
}

fn park() -> ! {
    loop {
        thread::park();
    }
}
