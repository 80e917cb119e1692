//! `main` ends with status 3, as the first argument names. A second thread makes the call that the
//! second argument names with status 7, at the moment that the third names.

#[path = "../../other_threads.rs"]
mod other_threads;

use exitmacro::{ExitContext, Handler, at_exit};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

static SECOND: OnceLock<String> = OnceLock::new();

/// The handlers have run.
static HAVE_RUN: AtomicBool = AtomicBool::new(false);

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    println!("last: {:?}", exit.code());
    HAVE_RUN.store(true, SeqCst);
}

fn end(exit_path: &str, status: i32) {
    match exit_path {
        "return" => {}
        "std exit" => std::process::exit(status),
        // SAFETY: the hook lets one thread through.
        "c exit" => unsafe { libc::exit(status) },
        "exitmacro exit" => exitmacro::exit(status),
        // In one write: std no longer buffers in a process that ends, and the end may cut a line
        // that is written in parts.
        "run by hand" => print!(
            "{}",
            if exitmacro::run().is_success() { "success: true\n" } else { "success: false\n" }
        ),
        other => panic!("unknown exit path: {other}"),
    }
}

/// The second thread has reached the point where it is stopped. If it were late, the first exit
/// would be the only one.
fn second() -> JoinHandle<()> {
    let second = thread::spawn(|| end(SECOND.get().expect("set by main"), 7));
    other_threads::await_asleep();
    second
}

extern "C" fn after_the_hook() {
    second();
    println!("after the hook");
}

/// The longest time in milliseconds for which a function before the hook blocks libc's `exit`.
static BEFORE: AtomicU64 = AtomicU64::new(0);

extern "C" fn before_the_hook() {
    let end = Instant::now() + Duration::from_millis(BEFORE.load(SeqCst));
    second();
    while !HAVE_RUN.load(SeqCst) && Instant::now() < end {
        thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn run() -> ExitCode {
    let [_, exit_path, second_way, when] =
        std::env::args().collect::<Vec<_>>().try_into().expect("three arguments");
    SECOND.set(second_way).expect("set once");
    let handler = Handler::new("middle").timeout(Duration::from_millis(if when == "joined" {
        200
    } else {
        20_000
    }));
    let registered = match when.as_str() {
        "in the run" => handler.register(|| drop(second())),
        "joined" => handler.register(|| _ = second().join()),
        "and a handler sets the status" => handler.register(|exit: &ExitContext| {
            second();
            exit.set_code(9);
        }),
        "and a handler exits" => handler.register(|| -> () {
            second();
            exitmacro::exit(9)
        }),
        "after the run" => {
            // SAFETY: the function has the type that `atexit` asks for.
            unsafe { libc::atexit(after_the_hook) };
            exitmacro::arm();
            handler.register(|| ())
        }
        "before the hook" | "before the hook, in vain" => {
            BEFORE.store(if when == "before the hook" { 60_000 } else { 300 }, SeqCst);
            // SAFETY: the function has the type that `atexit` asks for.
            unsafe { libc::atexit(before_the_hook) };
            handler.register(|| ())
        }
        other => panic!("unknown moment: {other}"),
    };
    registered.expect("the run has not begun");
    end(&exit_path, 3);
    ExitCode::from(3)
}
