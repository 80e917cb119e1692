//! A handler is abandoned, and then ends the process with status 77, by the call that the first
//! argument names. `main` ends with status 3, as the second argument names. With a third argument
//! it has run the handlers by hand before. That argument also names whether the handler is on the
//! thread that did, whether it is late only when `main` is inside libc's `exit`, and whether `main`
//! then prints text without a newline.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[path = "../../one_exit.rs"]
mod one_exit;
#[path = "../../other_threads.rs"]
mod other_threads;

use exitmacro::{ExitContext, Handler, at_exit};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    println!("last: {:?}", exit.code());
}

/// The late handler is about to end the process.
static IS_LATE: AtomicBool = AtomicBool::new(false);

/// Dropping it wakes the handler that is to be late. Here the handler is to be late inside libc's
/// `exit`.
static WAKE: Mutex<Option<mpsc::Sender<()>>> = Mutex::new(None);

extern "C" fn called_by_exit() {
    IS_LATE.store(true, SeqCst);
    if WAKE.lock().expect("no thread panics with this lock").take().is_some() {
        // The handler's thread is stopped, or ends the process in place of this thread.
        other_threads::await_asleep();
    }
}

fn end(exit_path: &str, status: i32) {
    match exit_path {
        "return" => {}
        "panic" => panic!("main panics"),
        "std exit" => std::process::exit(status),
        // SAFETY: what the test is about.
        "c exit" => unsafe { libc::exit(status) },
        "exitmacro exit" => exitmacro::exit(status),
        "exitmacro exit on a thread" => _ = thread::spawn(move || exitmacro::exit(status)).join(),
        #[cfg(unix)]
        "signal" => {
            // SAFETY: no preconditions.
            unsafe { libc::kill(libc::getpid(), libc::SIGTERM) };
            loop {
                thread::park();
            }
        }
        other => panic!("unknown exit path: {other}"),
    }
}

pub(crate) fn run() -> ExitCode {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    one_exit::begin();
    std::panic::set_hook(Box::new(|_| ()));
    let mut arguments = std::env::args().skip(1);
    let late_way = arguments.next().expect("how the late handler ends the process");
    let exit_path = arguments.next().expect("how main ends");
    // Called before the hook of the crate, which was installed first. SAFETY: the function has the
    // type that `atexit` asks for.
    unsafe { libc::atexit(called_by_exit) };
    let (wake, woken) = mpsc::channel();
    let mut wake = Some(wake);
    let by_hand = arguments.next();
    if by_hand.as_deref() == Some("by hand, late in exit") {
        *WAKE.lock().expect("no thread panics with this lock") = wake.take();
    }
    let late = Handler::new("late").priority(2).timeout(Duration::from_millis(50));
    let late =
        if by_hand.as_deref() == Some("by hand, on the caller") { late.on_caller() } else { late };
    let late = late.register(move || {
        _ = woken.recv();
        if late_way == "exitmacro exit" {
            IS_LATE.store(true, SeqCst);
        }
        end(&late_way, 77);
    });
    late.expect("the run has not begun");
    let next = Handler::new("next").priority(1).register(move || {
        if let Some(wake) = wake {
            drop(wake);
            while !IS_LATE.load(SeqCst) {
                thread::sleep(Duration::from_millis(1));
            }
            // From there the thread soon reaches the point where it is stopped.
            other_threads::await_asleep();
        }
        println!("next");
    });
    next.expect("the run has not begun");
    if by_hand.is_some() {
        let report = exitmacro::run();
        println!("main goes on: {}", report.handlers().len());
    }
    if by_hand.as_deref() == Some("by hand, then text") {
        print!("text without a newline");
    }
    end(&exit_path, 3);
    ExitCode::from(3)
}
