//! Handlers that ask for the exiting thread, one of which does what the second argument names. Ends
//! as the first argument names.

use exitmacro::{ExitContext, Handler, at_exit};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

static MAIN: OnceLock<ThreadId> = OnceLock::new();

fn whose_thread() -> &'static str {
    if Some(&thread::current().id()) == MAIN.get() { "main" } else { "another thread" }
}

#[at_exit(priority = 3)]
fn first() {
    println!("first, on {}", whose_thread());
}

#[at_exit(priority = 1, thread = caller)]
fn declared() {
    println!("declared, on {}", whose_thread());
}

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    println!("last, on {}: {:?}", whose_thread(), exit.code());
}

struct ChecksState;

impl Drop for ChecksState {
    fn drop(&mut self) {
        // Takes every lock of the crate: a value must not be dropped under one of them.
        println!("dropped, with {} planned", exitmacro::plan().handlers().len());
        exitmacro::register(|| ()).expect("the run goes on");
    }
}

struct ExitOnDrop;

impl Drop for ExitOnDrop {
    fn drop(&mut self) {
        exitmacro::exit(7);
    }
}

static IS_IN_MIDDLE: AtomicBool = AtomicBool::new(false);

/// Another thread ends the process during the run, by way of libc, which takes its time.
fn exit_on_another_thread() {
    extern "C" fn clean() {
        thread::sleep(Duration::from_millis(300));
        println!("cleaned");
    }
    // SAFETY: the function is there as long as the process.
    assert_eq!(unsafe { libc::atexit(clean) }, 0);
    thread::spawn(|| {
        while !IS_IN_MIDDLE.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        exitmacro::exit(5);
    });
}

fn main() -> ExitCode {
    MAIN.set(thread::current().id()).expect("set once");
    std::panic::set_hook(Box::new(|_| ()));
    let [_, exit_path, inside] =
        std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    let timeout = match inside.as_str() {
        "hang" | "hang, and another one" | "hang, and another one exits" => {
            Duration::from_millis(100)
        }
        // Expires before the exiting thread can execute the handler.
        "no time" => Duration::from_nanos(1),
        _ => Duration::from_secs(20),
    };
    let value = ChecksState;
    let registered =
        Handler::new("middle").priority(2).timeout(timeout).on_caller().register(move || {
            if inside == "no time" {
                let _value = value;
                return;
            }
            std::mem::forget(value);
            println!("middle, on {}", whose_thread());
            IS_IN_MIDDLE.store(true, Ordering::Relaxed);
            match inside.as_str() {
                "ok" => {}
                "panic" => panic!("no luck"),
                // SAFETY: this is what the test is about.
                "c exit" => unsafe { libc::exit(7) },
                "exitmacro exit" => exitmacro::exit(7),
                "exit while unwinding" => {
                    let _exits = ExitOnDrop;
                    panic!("unwind");
                }
                "std exit" => std::process::exit(7),
                "run" => println!("so far: {}", exitmacro::run().handlers().len()),
                "hang" | "hang, and another one" | "hang, and another one exits" => loop {
                    thread::park();
                },
                other => panic!("unknown act: {other}"),
            }
        });
    registered.expect("the run has not begun");
    if std::env::args().nth(2).as_deref() == Some("hang, and another one") {
        let hangs = || -> () {
            loop {
                thread::park();
            }
        };
        Handler::new("other").timeout(timeout).register(hangs).expect("the run has not begun");
    }
    if std::env::args().nth(2).as_deref() == Some("hang, and another one exits") {
        Handler::new("other")
            .register(|| -> () { exitmacro::exit(7) })
            .expect("the run has not begun");
    }
    match exit_path.as_str() {
        "return" => {}
        "std exit" => std::process::exit(3),
        // SAFETY: only this thread and handlers exit.
        "c exit" => unsafe { libc::exit(3) },
        "exitmacro exit" => exitmacro::exit(3),
        "run by hand, another thread exits" => {
            exit_on_another_thread();
            println!("success: {}", exitmacro::run().is_success());
        }
        "run by hand" => println!("success: {}", exitmacro::run().is_success()),
        other => panic!("unknown exit path: {other}"),
    }
    ExitCode::from(3)
}
