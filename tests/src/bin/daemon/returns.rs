//! A daemon whose parent returns from `main`, or calls `exitmacro::exit`, as the first argument
//! says. The daemon adopts the handlers when the parent is at its end.

use exitmacro::{ExitContext, at_exit};
use std::io::{Read, Write};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// When the parent returned or called `exit`.
static PARENT_ENDED: OnceLock<Instant> = OnceLock::new();

#[at_exit]
fn declared(exit: &ExitContext) {
    let reason = exit.reason();
    match PARENT_ENDED.get() {
        None => println!("declared, in the daemon: {reason}"),
        Some(ended) => {
            let waited = ended.elapsed().as_millis();
            println!("declared, in its parent: {reason}, after {waited} ms");
        }
    }
}

#[exitmacro::main]
fn main() {
    let (mut has_session, mut new_session) = std::io::pipe().expect("there is a pipe");
    // SAFETY: the process has one thread.
    if unsafe { libc::fork() } > 0 {
        has_session.read_exact(&mut [0]).expect("the daemon has a session");
        PARENT_ENDED.get_or_init(Instant::now);
        if std::env::args().nth(1).as_deref() == Some("exits") {
            exitmacro::exit(0);
        }
        return;
    }
    // SAFETY: no preconditions.
    assert!(unsafe { libc::setsid() } > 0);
    new_session.write_all(&[0]).expect("the parent waits");
    thread::sleep(Duration::from_millis(100));
    // The parent says how long it has waited.
    _ = exitmacro::adopt();
}
