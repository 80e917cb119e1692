//! `#[exitmacro::main]` around a body that ends as the first argument names. Every drop prints a
//! line.

use exitmacro::{ExitContext, at_exit};
use std::error::Error;
use std::process::ExitCode;
use std::thread;

struct Spoken(&'static str);

impl Drop for Spoken {
    fn drop(&mut self) {
        println!("{} dropped", self.0);
    }
}

thread_local! {
    static THREAD_LOCAL: Spoken = const { Spoken("thread-local") };
}

#[at_exit(priority = 1, thread = caller)]
fn on_the_ending_thread(exit: &ExitContext) {
    let thread_local = if THREAD_LOCAL.try_with(|_| ()).is_ok() { "alive" } else { "gone" };
    println!(
        "on the ending thread: {}, {:?}, its thread-local is {thread_local}",
        exit.reason(),
        exit.code()
    );
}

#[at_exit]
fn on_the_runner(exit: &ExitContext) {
    println!(
        "on {}: {}, {:?}",
        thread::current().name().unwrap_or("no thread"),
        exit.reason(),
        exit.code()
    );
}

#[exitmacro::main]
fn main() -> Result<ExitCode, Box<dyn Error>> {
    let _local = Spoken("local");
    THREAD_LOCAL.with(|_| ());
    match std::env::args().nth(1).as_deref() {
        Some("return") => {}
        Some("return 7") => return Ok(ExitCode::from(7)),
        Some("return 255") => return Ok(ExitCode::from(255)),
        Some("error") => return Ok(ExitCode::from("no number".parse::<u8>()?)),
        Some("panic") => panic!("main panics"),
        Some("std exit") => std::process::exit(3),
        // SAFETY: only this thread exits.
        Some("c exit") => unsafe { libc::exit(4) },
        Some("exitmacro exit") => exitmacro::exit(5),
        Some("std exit on a thread") => wait_for(|| std::process::exit(6)),
        Some("exitmacro exit on a thread") => wait_for(|| exitmacro::exit(8)),
        Some("run by hand") => println!("ran {}", exitmacro::run().handlers().len()),
        Some("run by hand, then panic") => {
            exitmacro::run();
            panic!("main panics");
        }
        Some("register, then return") => drop(exitmacro::register(|| println!("registered"))?),
        Some("a handler exits while it panics") => {
            std::panic::set_hook(Box::new(|_| ()));
            exitmacro::Handler::new("exits").register(|| -> () {
                let _exits = ExitOnDrop;
                panic!("unwind");
            })?;
        }
        Some("panic on a thread") => drop(thread::spawn(|| panic!("a thread panics")).join()),
        other => return Err(format!("unknown exit path: {other:?}").into()),
    }
    println!("the body ends");
    Ok(ExitCode::SUCCESS)
}

struct ExitOnDrop;

impl Drop for ExitOnDrop {
    fn drop(&mut self) {
        exitmacro::exit(9);
    }
}

fn wait_for(end: fn()) {
    thread::spawn(end);
    loop {
        thread::park();
    }
}
