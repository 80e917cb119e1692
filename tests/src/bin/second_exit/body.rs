//! `main` ends with status 3 in the way that the first argument names. A second thread calls, with
//! status 7, what the second one names; when, the third one says.

#[path = "../../others.rs"]
mod others;

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

fn end(way: &str, status: i32) {
    match way {
        "return" => {}
        "std exit" => std::process::exit(status),
        // SAFETY: the hook lets one thread through.
        "c exit" => unsafe { libc::exit(status) },
        "exitmacro exit" => exitmacro::exit(status),
        // In one piece: std has stopped to buffer where the process is ending, and a line that is
        // written in pieces may be cut by the end.
        "run by hand" => print!(
            "{}",
            if exitmacro::run().is_success() { "success: true\n" } else { "success: false\n" }
        ),
        other => panic!("unknown way out: {other}"),
    }
}

/// The second thread, which has got where it is stopped. Were it late, the first one would be
/// alone.
fn second() -> JoinHandle<()> {
    let second = thread::spawn(|| end(SECOND.get().expect("set by main"), 7));
    others::await_asleep();
    second
}

extern "C" fn after_the_hook() {
    second();
    println!("after the hook");
}

/// For how many milliseconds libc's `exit` is kept in a function that comes before the hook, at
/// most.
static BEFORE: AtomicU64 = AtomicU64::new(0);

extern "C" fn before_the_hook() {
    let end = Instant::now() + Duration::from_millis(BEFORE.load(SeqCst));
    second();
    while !HAVE_RUN.load(SeqCst) && Instant::now() < end {
        thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn run() -> ExitCode {
    let [_, way, second_way, when] =
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
    end(&way, 3);
    ExitCode::from(3)
}
