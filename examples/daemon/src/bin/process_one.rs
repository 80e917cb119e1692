//! The first process of a container. The kernel does not end process 1 by a signal that has no
//! handler, so a program without `signals` ignores SIGTERM there, and is killed ten seconds after
//! `docker stop`. With `signals`, the handlers run at once, and the status is 143.

use exitmacro::{ExitContext, at_exit, shutdown};
use std::process;

#[at_exit]
fn save(exit: &ExitContext) {
    println!("saved, because of {}", exit.reason());
}

// Less than the ten seconds of `docker stop`. Kubernetes waits 30.
#[exitmacro::main(signals, budget = "8s")]
fn main() {
    println!("running as process {}", process::id());
    shutdown::wait();
}
