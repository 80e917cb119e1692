//! Cleans up when a signal ends the program: SIGTERM from a service manager, Ctrl-C, a terminal
//! that goes away. The status is the usual one of shells, 128 plus the number of the signal.
//!
//! Output:
//! ```text
//! working
//! socket removed, because of SIGTERM, status Some(143)
//! ```
//! Status: 143

use exitmacro::{ExitContext, at_exit, shutdown};

#[at_exit]
fn remove_socket(exit: &ExitContext) {
    println!("socket removed, because of {}, status {:?}", exit.reason(), exit.code());
}

#[exitmacro::main(signals)]
fn main() {
    println!("working");
    // Here, what others do from outside: `kill -TERM`.
    // SAFETY: has no preconditions.
    unsafe { libc::raise(libc::SIGTERM) };
    shutdown::wait();
}
