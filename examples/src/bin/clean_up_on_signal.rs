//! Cleans up when a signal ends the program: SIGTERM from a service manager, Ctrl-C, a terminal
//! that is closed. The status follows the convention of shells: 128 plus the signal's number.
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
    // The program sends itself what `kill -TERM` would send. SAFETY: has no preconditions.
    unsafe { libc::raise(libc::SIGTERM) };
    shutdown::wait();
}
