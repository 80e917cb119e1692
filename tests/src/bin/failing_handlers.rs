//! Handlers that fail in different ways, and handlers between them that do not. Ends as the first
//! argument names.

use exitmacro::{ExitContext, Handler, at_exit};
use std::fmt;
use std::panic::panic_any;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

static STARTED: AtomicUsize = AtomicUsize::new(0);

fn started() {
    STARTED.fetch_add(1, Ordering::Relaxed);
}

#[at_exit(priority = 90)]
fn panics_with_a_str() {
    started();
    panic!("a str");
}

#[at_exit(priority = 80)]
fn panics_with_a_string() {
    started();
    panic!("{} string", "a");
}

#[at_exit(priority = 70)]
fn panics_with_a_number() {
    started();
    panic_any(5);
}

#[at_exit(priority = 60)]
fn panics_with_a_value_that_panics() {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            // The payload panics in turn when it is dropped.
            panic_any(Payload);
        }
    }
    started();
    panic_any(Payload);
}

#[at_exit(priority = 50)]
fn fails() -> Result<(), String> {
    started();
    Err("two\nlines".to_owned())
}

#[at_exit(priority = 45)]
fn fails_to_say_why() -> Result<(), Unprintable> {
    started();
    Err(Unprintable)
}

#[derive(Debug)]
struct Unprintable;

impl fmt::Display for Unprintable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no words");
    }
}

#[at_exit(priority = 40, timeout = "50ms")]
fn sleeps() {
    started();
    thread::sleep(Duration::from_secs(60));
}

#[at_exit(priority = 30, timeout = "50ms")]
fn computes() {
    started();
    loop {
        std::hint::spin_loop();
    }
}

static LOCK: Mutex<()> = Mutex::new(());

#[at_exit(priority = 20, timeout = "50ms")]
fn waits_for_a_lock() {
    started();
    drop(LOCK.lock());
}

struct PanicOnDrop;

impl Drop for PanicOnDrop {
    fn drop(&mut self) {
        panic!("captured");
    }
}

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    println!("{} started before, status {:?}", STARTED.load(Ordering::Relaxed), exit.code());
}

fn main() {
    let captured = PanicOnDrop;
    let registered = Handler::new("drops what panics").priority(10).register(move || {
        started();
        let _captured = captured;
    });
    registered.expect("the run has not begun");
    let _locked = LOCK.lock();
    match std::env::args().nth(1).as_deref() {
        Some("return, with messages") => {
            std::mem::forget(_locked);
        }
        Some("std exit") => {
            std::panic::set_hook(Box::new(|_| ()));
            std::process::exit(3);
        }
        Some("exitmacro exit") => {
            std::panic::set_hook(Box::new(|_| ()));
            exitmacro::exit(3);
        }
        other => panic!("unknown case: {other:?}"),
    }
}
