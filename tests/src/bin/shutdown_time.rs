//! Handlers that all hang, one after the other, concurrently, or so long that the budget cuts them
//! short. The argument names the case. Prints how long the shutdown may take, as `Plan::fits` has
//! it, and hangs until SIGTERM ends the process.

use exitmacro::signals::Signals;
use exitmacro::{Handler, Plan, Signal, at_exit};
use std::env;
use std::thread;
use std::time::Duration;

#[at_exit(timeout = "200ms")]
fn declared() {
    hang();
}

fn hang() {
    thread::sleep(Duration::from_secs(600));
}

/// A handler with this timeout.
fn handler(name: &'static str, milliseconds: u64) -> Handler {
    Handler::new(name).timeout(Duration::from_millis(milliseconds))
}

fn needed(plan: &Plan) -> Duration {
    plan.fits(Duration::ZERO).expect_err("no time is enough").needed()
}

fn main() {
    let mut grace = Duration::ZERO;
    match env::args().nth(1).as_deref() {
        Some("one by one") => {
            handler("a", 300).register(hang).expect("the run has not begun");
            handler("b", 400).register(hang).expect("the run has not begun");
        }
        Some("concurrently") => {
            let concurrent = |name, time| handler(name, time).concurrent().priority(5);
            let awaited = concurrent("a", 300).register(hang).expect("the run has not begun");
            concurrent("b", 500).register(hang).expect("the run has not begun");
            handler("c", 250).after_id(awaited).register(hang).expect("the run has not begun");
        }
        Some("out of budget") => {
            handler("a", 60_000).register(hang).expect("the run has not begun");
            handler("b", 60_000).register(hang).expect("the run has not begun");
        }
        Some("with a grace") => grace = Duration::from_millis(400),
        other => panic!("unknown case: {other:?}"),
    }
    Signals::new([Signal::TERM]).grace(grace).install().expect("signals are installed once");
    println!("{}", needed(&exitmacro::plan()).as_millis());
    hang();
}
