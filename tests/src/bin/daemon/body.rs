//! The body of both daemons. They leave the terminal, adopt the handlers if the first argument asks
//! for that, write their process id to the file of the second argument, and end.

use daemonize::{Daemonize, Stdio};
use exitmacro::{ExitContext, at_exit, register};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;
use std::{process, thread};

static STARTED_AS: AtomicU32 = AtomicU32::new(0);
static DAEMON: AtomicU32 = AtomicU32::new(0);

/// A process between the two is neither.
fn process() -> &'static str {
    match process::id() {
        me if me == STARTED_AS.load(Ordering::Relaxed) => "the process that was started",
        me if me == DAEMON.load(Ordering::Relaxed) => "the daemon",
        _ => "the process in between",
    }
}

#[at_exit]
fn declared(exit: &ExitContext) {
    println!("declared, in {}: {}", process(), exit.reason());
}

fn adopts() -> bool {
    std::env::args().nth(1).is_some_and(|what| what != "never adopt")
}

pub(crate) fn live() {
    STARTED_AS.store(process::id(), Ordering::Relaxed);
    let begin = Instant::now();
    // The process that was started prints how long it waited for the daemon when it runs the
    // handlers itself.
    let waited = move || {
        if process() == "the process that was started" && adopts() {
            format!(", after {} ms", begin.elapsed().as_millis())
        } else {
            String::new()
        }
    };
    register(move || println!("registered before, in {}{}", process(), waited()))
        .expect("the run has not begun");
    let [_, what, pid_file] =
        std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    let daemonize = Daemonize::new().stdout(Stdio::keep()).stderr(Stdio::keep());
    daemonize.start().expect("the process can fork");
    DAEMON.store(process::id(), Ordering::Relaxed);
    if adopts() {
        exitmacro::adopt().expect("it is not too late");
        register(|| println!("registered after, in {}", process())).expect("the run has not begun");
    }
    std::fs::write(pid_file, process::id().to_string()).expect("the file can be written");
    match what.as_str() {
        "adopt" | "never adopt" => {}
        "adopt and exit" => process::exit(7),
        "adopt and wait" => {
            println!("the daemon waits");
            loop {
                thread::park();
            }
        }
        other => panic!("unknown life: {other}"),
    }
}
