//! Ends as the first argument names, with two declared handlers and a registered one.

use exitmacro::{ExitContext, at_exit};
use std::process::ExitCode;

#[at_exit(priority = 1)]
fn first(exit: &ExitContext) {
    println!("first: {}, {:?}", exit.reason(), exit.code());
}

#[at_exit(priority = -1)]
fn last() {
    println!("last");
}

fn main() -> Result<ExitCode, String> {
    exitmacro::register(|| println!("registered")).map_err(|error| error.to_string())?;
    match std::env::args().nth(1).as_deref() {
        Some("return") => {}
        Some("return 7") => return Ok(ExitCode::from(7)),
        Some("error") => return Err("no luck".to_owned()),
        Some("std exit") => std::process::exit(3),
        // SAFETY: only this thread exits.
        Some("c exit") => unsafe { libc::exit(4) },
        Some("exitmacro exit") => exitmacro::exit(5),
        Some("panic") => panic!("main panics"),
        Some("std exit on a thread") => wait_for(|| std::process::exit(6)),
        // SAFETY: only that thread exits.
        Some("c exit on a thread") => wait_for(|| unsafe { libc::exit(8) }),
        Some("exitmacro exit on a thread") => wait_for(|| exitmacro::exit(9)),
        // SAFETY: nothing is left to run.
        Some("_exit") => unsafe { libc::_exit(10) },
        Some("abort") => std::process::abort(),
        #[cfg(target_os = "linux")]
        // SAFETY: nothing is registered for it.
        Some("quick_exit") => unsafe { quick_exit(11) },
        #[cfg(unix)]
        Some("exec") => {
            use std::os::unix::process::CommandExt;
            panic!("{}", std::process::Command::new("true").exec());
        }
        #[cfg(unix)]
        Some("stack overflow") => println!("{}", deep(0)),
        Some("run by hand") => {
            let report = exitmacro::run();
            println!(
                "report: {} handlers, success: {}",
                report.handlers().len(),
                report.is_success()
            );
        }
        Some("run by hand twice, then exit") => {
            let first = exitmacro::run();
            let second = exitmacro::run();
            println!(
                "{} handlers each time: {}",
                first.handlers().len(),
                first.handlers().len() == second.handlers().len()
            );
            std::process::exit(2);
        }
        Some("run by hand, then exitmacro exit") => {
            exitmacro::run();
            print!("printed after the run");
            exitmacro::exit(11);
        }
        other => return Err(format!("unknown exit path: {other:?}")),
    }
    Ok(ExitCode::SUCCESS)
}

fn wait_for(end: fn()) {
    std::thread::spawn(end);
    loop {
        std::thread::park();
    }
}

#[cfg(target_os = "linux")]
unsafe extern "C" {
    /// Of C11.
    fn quick_exit(status: i32) -> !;
}

/// Calls itself until the stack is full.
#[cfg(unix)]
#[allow(unconditional_recursion, reason = "the stack is to overflow")]
fn deep(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    deep(depth + 1) + std::hint::black_box(frame)[1]
}
