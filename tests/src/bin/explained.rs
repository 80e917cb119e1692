//! Explains its plan, at the point that the first argument names.

mod forked;

use exitmacro::{Handler, at_exit};
use forked::{fork, wait_for};

#[at_exit(priority = 10)]
fn close_files() {}

#[at_exit]
fn one() {}

#[at_exit(when = failure)]
fn two() {}

#[at_exit(priority = 50, after(close_files))]
fn flush() {}

#[at_exit(priority = -5, concurrent)]
fn beside() {}

fn explain() {
    println!("{}", exitmacro::plan().explain());
}

#[exitmacro::main(
    signals = [INT, TERM],
    on_signal = exit_zero,
    grace = "5s",
    budget = "20s",
    timeout = "2s",
    threads = 4,
    on_failure = code(3),
)]
fn main() {
    let registered = Handler::new("registered").register(|| ()).expect("the run has not begun");
    match std::env::args().nth(1).as_deref() {
        Some("now") => explain(),
        Some("after a handler is gone") => {
            let plan = exitmacro::plan();
            _ = exitmacro::unregister(registered);
            println!("{}", plan.explain());
        }
        Some("in a child") => match fork() {
            Some(child) => println!("the child ended with {}", wait_for(child)),
            None => {
                Handler::new("the child's own").register(|| ()).expect("the run has not begun");
                explain();
            }
        },
        Some("after a run") => {
            exitmacro::run();
            explain();
        }
        Some("with another handler of SIGTERM") => {
            // SAFETY: the disposition is valid; the tests send no signal.
            unsafe { libc::signal(libc::SIGTERM, libc::SIG_DFL) };
            explain();
        }
        other => panic!("unknown case: {other:?}"),
    }
}
