//! Ends without memory, from the moment at which the exit begins, or without threads. The first
//! argument names what is missing and what handlers do, the second the exit path.

// There, because what is built with other features is copied without these programs.
#[path = "../../fixtures/stacks/src/no_memory.rs"]
mod no_memory;
#[path = "../no_threads.rs"]
mod no_threads;

use exitmacro::{ExitContext, Handler, Signal, at_exit, register, signals};
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

/// Prints without allocating.
fn say(text: &str) {
    // SAFETY: the text is valid for its length.
    unsafe { libc::write(libc::STDOUT_FILENO, text.as_ptr().cast(), text.len()) };
}

static WHAT: OnceLock<String> = OnceLock::new();

fn what() -> &'static str {
    WHAT.get().map_or("", String::as_str)
}

#[at_exit(priority = 2)]
fn first() {
    say("first\n");
}

#[at_exit(priority = 1)]
fn fails() -> Result<(), &'static str> {
    if what().contains("fail") { Err("no luck") } else { Ok(()) }
}

#[at_exit]
fn allocates() {
    if what().contains("allocate") {
        // The optimiser removes an allocation that it sees through.
        drop(black_box(Box::new(5)));
        say("allocated\n");
    }
}

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    say(if exit.code() == Some(3) { "last, status 3\n" } else { "last\n" });
}

static MAIN: OnceLock<thread::ThreadId> = OnceLock::new();

fn main() -> ExitCode {
    let [_, what, exit_path] =
        std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    MAIN.set(thread::current().id()).expect("set once");
    if what.contains("registered") {
        for _ in 0..3 {
            register(|| say("registered\n")).expect("the run has not begun");
        }
    }
    if what.contains("a name of its own") {
        let name = String::from("a name of its own");
        Handler::new(name).register(|| Err::<(), _>("no luck")).expect("the run has not begun");
    }
    if what.contains("late") {
        let late = || thread::sleep(Duration::from_millis(500));
        Handler::new("late")
            .priority(3)
            .timeout(Duration::from_millis(100))
            .register(late)
            .expect("the run has not begun");
    }
    if what.contains("stuck") {
        let takes_memory = what.contains("memory of others");
        let stuck = move || -> () {
            if takes_memory {
                // The exiting thread has started this one, and waits.
                thread::sleep(Duration::from_millis(100));
                no_memory::run_out();
            } else {
                no_threads::refuse_threads();
            }
            loop {
                thread::park();
            }
        };
        // Memory that is taken while the handler is being replaced aborts the process.
        let timeout = Duration::from_millis(if takes_memory { 1_000 } else { 200 });
        Handler::new("stuck")
            .priority(4)
            .timeout(timeout)
            .register(stuck)
            .expect("the run has not begun");
        register(on_which_thread).expect("the run has not begun");
    }
    if what.contains("report") {
        exitmacro::on_report(|_| say("reported\n"));
    }
    if what.contains("threads") {
        register(on_which_thread).expect("the run has not begun");
        no_threads::refuse_threads();
    }
    if what.contains("signals") {
        let installed = signals::install([Signal::TERM]);
        // SAFETY: all zeroes is a valid action, which the call fills in.
        let is_default = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            libc::sigaction(libc::SIGTERM, std::ptr::null(), &raw mut action) == 0
                && action.sa_sigaction == libc::SIG_DFL
        };
        println!("handled: {}, as before: {is_default}", installed.is_ok());
    }
    if exit_path == "signal" {
        signals::install([Signal::TERM]).expect("a thread can be started");
    }
    let out_of_memory = what.starts_with("memory");
    WHAT.set(what).expect("set once");
    if out_of_memory {
        no_memory::run_out();
    }
    match exit_path.as_str() {
        "return" => {}
        "std exit" => std::process::exit(3),
        // SAFETY: only this thread exits.
        "c exit" => unsafe { libc::exit(3) },
        "exitmacro exit" => exitmacro::exit(3),
        "request" => {
            _ = exitmacro::shutdown::request_with(3);
            wait_for_ever();
        }
        "signal" => {
            // SAFETY: no preconditions.
            unsafe { libc::kill(libc::getpid(), libc::SIGTERM) };
            wait_for_ever();
        }
        other => panic!("unknown exit path: {other}"),
    }
    ExitCode::from(3)
}

/// Without std, which may need memory for it.
fn wait_for_ever() -> ! {
    loop {
        // SAFETY: no preconditions.
        unsafe { libc::pause() };
    }
}

fn on_which_thread() {
    say(if MAIN.get() == Some(&thread::current().id()) { "on main\n" } else { "elsewhere\n" });
}
