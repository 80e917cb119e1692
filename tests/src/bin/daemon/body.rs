//! What both daemons do: they leave the terminal, adopt the handlers if the first argument says so, note their number in the file of the second one, and end.

use daemonize::{Daemonize, Stdio};
use exitmacro::{ExitContext, at_exit, register};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{process, thread};

static STARTED_AS: AtomicU32 = AtomicU32::new(0);
static DAEMON: AtomicU32 = AtomicU32::new(0);

/// Whoever ends between the two is neither.
fn who() -> &'static str {
    match process::id() {
        me if me == STARTED_AS.load(Ordering::Relaxed) => "the process that was started",
        me if me == DAEMON.load(Ordering::Relaxed) => "the daemon",
        _ => "the process in between",
    }
}

#[at_exit]
fn declared(exit: &ExitContext) {
    println!("declared, in {}: {}", who(), exit.reason());
}

pub(crate) fn live() {
    STARTED_AS.store(process::id(), Ordering::Relaxed);
    register(|| println!("registered before, in {}", who())).expect("the run has not begun");
    let [_, what, pid_file] = std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    let daemonize = Daemonize::new().stdout(Stdio::keep()).stderr(Stdio::keep());
    daemonize.start().expect("the process can fork");
    DAEMON.store(process::id(), Ordering::Relaxed);
    if what != "never adopt" {
        exitmacro::adopt().expect("it is not too late");
        register(|| println!("registered after, in {}", who())).expect("the run has not begun");
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
