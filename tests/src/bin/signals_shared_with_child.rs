//! Uses signal-hook in a forked child of a process that handles SIGTERM by this crate. The argument
//! says when it registers there.

mod forked;

use exitmacro::signals::{self, Signal};
use forked::{fork, wait_for};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn main() {
    let flag = Arc::new(AtomicBool::new(false));
    let register = |when| {
        if std::env::args().nth(1).as_deref() == Some(when) {
            signal_hook::flag::register(libc::SIGTERM, Arc::clone(&flag)).expect("it is taken");
        }
    };
    register("before ours");
    signals::install([Signal::TERM]).expect("nothing is handled yet");
    register("before the fork");
    let Some(child) = fork() else {
        register("after the fork");
        // SAFETY: no preconditions.
        unsafe { libc::raise(libc::SIGTERM) };
        println!("flag: {}", flag.load(Ordering::Relaxed));
        std::process::exit(3);
    };
    println!("the child ended with {}", wait_for(child));
}
