//! A daemon whose parent returns from `main`, or calls `exitmacro::exit`, as the first argument
//! says. The daemon adopts the handlers when the parent is at its end.

use exitmacro::{ExitContext, at_exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

static IS_DAEMON: AtomicBool = AtomicBool::new(false);

#[at_exit]
fn declared(exit: &ExitContext) {
    let process = if IS_DAEMON.load(Ordering::Relaxed) { "the daemon" } else { "its parent" };
    println!("declared, in {process}: {}", exit.reason());
}

#[exitmacro::main]
fn main() {
    // SAFETY: the process has one thread.
    if unsafe { libc::fork() } > 0 {
        if std::env::args().nth(1).as_deref() == Some("exits") {
            exitmacro::exit(0);
        }
        return;
    }
    // SAFETY: no preconditions.
    assert!(unsafe { libc::setsid() } > 0);
    IS_DAEMON.store(true, Ordering::Relaxed);
    thread::sleep(Duration::from_millis(100));
    exitmacro::adopt().expect("the parent waits");
}
