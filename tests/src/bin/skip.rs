//! Handlers of several names, for an environment that skips some of them. The first argument names
//! how the run starts.

use exitmacro::{AtExitCleanup, ExitContext, Handler, Outcome, at_exit, track};
use std::sync::OnceLock;

exitmacro::config! { on_failure = code(3), termination_message = "termination-log" }

#[at_exit(priority = 60)]
fn close_files() {
    println!("files");
}

#[at_exit(priority = 50, name = "the database, and its log")]
fn close_database() {
    println!("database");
}

mod net {
    #[exitmacro::at_exit(priority = 40)]
    fn close() {
        println!("net");
    }

    pub(crate) mod http {
        #[exitmacro::at_exit(priority = 30)]
        fn close() {
            println!("http");
        }
    }
}

#[derive(AtExitCleanup, Debug)]
#[cleanup(with = close)]
struct Pool(&'static str);

impl Pool {
    fn close(&self) {
        println!("{}", self.0);
    }
}

#[at_exit(priority = 20)]
static POOL: OnceLock<Pool> = OnceLock::new();

/// Fails. When it is skipped, no handler does.
#[at_exit(priority = -10)]
fn flush(exit: &ExitContext) -> Result<(), String> {
    Err(format!("the disk is full, status {:?}", exit.code()))
}

fn main() {
    POOL.set(Pool("static")).expect("it is set once");
    Handler::new("größer")
        .priority(10)
        .register(|| println!("registered"))
        .expect("the run has not begun");
    let tracked = track(Pool("tracked"));
    match std::env::args().nth(1).expect("what to do").as_str() {
        "exit" => {}
        "exit 7" => std::process::exit(7),
        "closed" => drop(tracked),
        "plan" => println!("{} in the plan", exitmacro::plan().handlers().len()),
        "report" => report(),
        other => panic!("unknown: {other}"),
    }
    std::process::exit(0);
}

fn report() {
    let report = exitmacro::run();
    for handler in report.handlers() {
        let on_a_thread = handler.thread().is_some();
        if let Outcome::Skipped(reason) = handler.outcome() {
            println!("{} {reason:?}, on a thread: {on_a_thread}", handler.name());
        }
    }
}
