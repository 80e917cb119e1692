//! Forks while another thread is inside the OS handler of a signal. The child takes over a signal
//! that its parent did not, as the first argument names, and prints how its signals are handled.

mod forked;

use exitmacro::Signal;
use exitmacro::signals::{self, Answer};
use forked::{fork, wait_for};
use signal_hook::low_level;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;

static IS_INSIDE: AtomicBool = AtomicBool::new(false);
static MAY_RETURN: AtomicBool = AtomicBool::new(false);

#[exitmacro::main]
fn main() {
    let how = std::env::args().nth(1).expect("an argument");
    // SAFETY: reads and writes atomics.
    let inside = unsafe { low_level::register(libc::SIGUSR1, be_inside) };
    inside.expect("the signal can be handled");
    // SAFETY: makes a system call.
    let earlier = unsafe { low_level::register(libc::SIGUSR2, || say("the earlier one\n")) };
    earlier.expect("the signal can be handled");
    let thread = thread::spawn(|| low_level::raise(libc::SIGUSR1));
    while !IS_INSIDE.load(SeqCst) {
        thread::yield_now();
    }
    let child = fork();
    if child.is_none() {
        return in_child(&how);
    }
    println!("the child ended with {}", wait_for(child.expect("it is the parent")));
    MAY_RETURN.store(true, SeqCst);
    thread.join().expect("it does not panic").expect("the signal can be raised");
}

fn be_inside() {
    IS_INSIDE.store(true, SeqCst);
    while !MAY_RETURN.load(SeqCst) {
        std::hint::spin_loop();
    }
}

/// Prints in an OS handler.
fn say(text: &str) {
    // SAFETY: the text is valid for its length.
    unsafe { libc::write(libc::STDOUT_FILENO, text.as_ptr().cast(), text.len()) };
}

fn in_child(how: &str) {
    exitmacro::register(|exit: &exitmacro::ExitContext| println!("ends: {}", exit.reason()))
        .expect("the child has its own run");
    if how == "ends" {
        signals::install([Signal::TERM]).expect("installed once");
        low_level::raise(libc::SIGTERM).expect("the signal can be raised");
        loop {
            thread::park();
        }
    }
    let (answers, answered) = mpsc::channel();
    let answer = move |signal: Signal| {
        answers.send(signal).expect("the child waits");
        Answer::Handled
    };
    // Another handler has one of them, and none has the other.
    for signal in [Signal::USR2, Signal::HUP] {
        assert_eq!(signals::on(signal, answer.clone()).ok(), Some(true));
        low_level::raise(signal.number()).expect("the signal can be raised");
        println!("answered: {}", answered.recv().expect("the child answers"));
    }
    let Some(grandchild) = fork() else {
        low_level::raise(libc::SIGHUP).expect("the signal can be raised");
        return;
    };
    println!("the grandchild ended with {}", wait_for(grandchild));
}
